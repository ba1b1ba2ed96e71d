package expr

import "strings"

// compile of an assignment: a local, or an element of a Dictionary, a List, an
// array or JSON. Its value is what was assigned (what was there before, for a
// postfix ++ nobody asks).
func (n *assignNode) compile(c *compiler) typed {
	y := n.right(c)
	if y.bad() {
		return bad()
	}
	switch left := n.x.(type) {
	case *nameNode:
		return c.assignLocal(n, left, y)
	case *indexNode:
		return c.assignElement(n, left, y)
	case *memberNode:
		return c.assignMember(n, left, y)
	}
	return c.problem(n.at(), "only a local variable or an element can be assigned")
}

// right compiles the value: x op y where op= was written.
func (n *assignNode) right(c *compiler) typed {
	op := strings.TrimSuffix(n.op, "=")
	switch op {
	case "":
		return c.value(n.y)
	case "++", "--":
		one := &literalNode{n.place, integer(1), Int}
		return c.value(&binaryNode{n.place, op[:1], n.x, one})
	}
	return c.value(&binaryNode{n.place, op, n.x, n.y})
}

func (c *compiler) assignLocal(n *assignNode, left *nameNode, y typed) typed {
	l, ok := c.find(left.name)
	if !ok {
		return c.problem(left.at(), "the name %s does not exist here: declare it with var", left.name)
	}
	z, ok := c.implicit(y, l.t)
	if !ok && n.op != "=" && l.t.numeric() && y.t.numeric() {
		z, ok = typed{t: l.t, run: narrowed(y.run, l.t)}, true
	}
	if !ok {
		return c.problem(n.at(), "cannot convert %s to %s", y.t, l.t)
	}
	run, slot := z.run, l.slot
	return typed{t: l.t, run: func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		f.locals[slot] = v
		return v, f.step(1)
	}}
}

func (c *compiler) assignElement(n *assignNode, left *indexNode, y typed) typed {
	x := c.value(left.x)
	args, ok := c.arguments(left.args, Any)
	if x.bad() || !ok {
		return bad()
	}
	set, t := setter(x.t)
	rows := indexerOf(x.t.plain())
	if set == nil || len(args) != 1 || len(rows) == 0 {
		return c.problem(left.at(), "an element of %s cannot be assigned", x.t)
	}
	for _, row := range rows {
		i, ok := c.implicit(args[0].typed, row.key)
		if !ok {
			continue
		}
		z, ok := c.implicit(y, t)
		if !ok {
			return c.problem(n.at(), "cannot convert %s to %s", y.t, t)
		}
		return stored(set, x.run, i.run, z.run, t)
	}
	return c.problem(left.at(), "%s is indexed by %s, not by %s", x.t, rows[0].key, args[0].t)
}

func stored(set func(f *frame, x, i, v value) error, left, index, right code, t Type) typed {
	return typed{t: t, run: func(f *frame) (value, error) {
		x, err := left(f)
		if err != nil {
			return x, err
		}
		if x.k == kNull {
			return x, nullError()
		}
		i, err := index(f)
		if err != nil {
			return i, err
		}
		v, err := right(f)
		if err != nil {
			return v, err
		}
		if err := f.step(1); err != nil {
			return v, err
		}
		return v, set(f, x, i, v)
	}}
}

// setter returns how an element of a value of type t is assigned, and the type
// of the element.
func setter(t Type) (func(f *frame, x, i, v value) error, Type) {
	switch t.kind() {
	case kDict:
		return setEntry, t.elem()
	case kList, kObjects, kInts, kChars:
		return setItem, t.elem()
	case kStrings:
		return setString, String
	case kBytes:
		return setByte, Type(kByte)
	case kJObject, kJArray, kJToken:
		return setToken, Type(kJToken)
	}
	return nil, Any
}

func setEntry(_ *frame, x, i, v value) error {
	if i.k == kNull {
		return nullArgument("key")
	}
	x.o.(*dict).set(i, v)
	return nil
}

func setItem(f *frame, x, i, v value) error {
	if _, err := itemAt(f, x, i); err != nil {
		return err
	}
	if l, ok := x.o.(*list); ok {
		l.items[i.n] = v
	}
	return nil
}

func setString(f *frame, x, i, v value) error {
	if _, err := itemAt(f, x, i); err != nil {
		return err
	}
	if texts, ok := x.o.([]string); ok {
		texts[i.n] = v.s
	}
	return nil
}

func setByte(f *frame, x, i, v value) error {
	if _, err := itemAt(f, x, i); err != nil {
		return err
	}
	x.bytes()[i.n] = byte(v.n)
	return nil
}

func setToken(f *frame, x, i, v value) error {
	t, with := x.token(), orNullToken(v)
	if t.k == kJObject && i.k == kString {
		if err := put(f, t, with); err != nil {
			return err
		}
		t.set(i.s, with)
		return nil
	}
	at, err := tokenByAny(f, x, i)
	if err != nil {
		return err
	}
	_, err = replaceToken(f, []value{at, tokenValue(with)})
	return err
}

// assignMember compiles property.Value = x of a JProperty.
func (c *compiler) assignMember(n *assignNode, left *memberNode, y typed) typed {
	x := left.x.compile(c)
	if x.bad() {
		return bad()
	}
	z, ok := c.implicit(y, Type(kJToken))
	if x.static || !x.t.is(kJProperty) || left.name != "Value" || !ok {
		return c.problem(n.at(), "%s.%s cannot be assigned", x.t, left.name)
	}
	set := func(f *frame, x, _, v value) error {
		p, with := x.token(), orNullToken(v)
		if err := put(f, p, with); err != nil {
			return err
		}
		p.items = nil
		p.append(with)
		return nil
	}
	return stored(set, x.run, x.run, z.run, z.t)
}
