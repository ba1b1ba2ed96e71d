package expr

// indexer is a row: what x[i] is for x of a type.
type indexer struct {
	key Type
	t   Type // may depend on the receiver
	get func(f *frame, x, i value) (value, error)
}

func indexerOf(t Type) []indexer {
	switch t.kind() {
	case kString:
		return []indexer{{Int, Type(kChar), charAt}}
	case kHeaders:
		return []indexer{{String, Type(kStrings), headerAt}}
	case kMatched:
		return []indexer{{String, String, matchedAt}}
	case kVariables:
		return []indexer{{String, Any, variableAt}}
	case kDict:
		return []indexer{{t.key(), t.elem(), dictAt}}
	case kJObject, kJArray, kJToken, kJValue, kJProperty:
		return []indexer{{String, Type(kJToken), tokenByName}, {Int, Type(kJToken), tokenByIndex}, {Any, Type(kJToken), tokenByAny}}
	case kBytes, kStrings, kChars, kInts, kObjects, kGroups:
		return []indexer{{Int, t.elem(), itemAt}}
	case kMatches:
		return []indexer{{Int, Type(kMatch), groupAt}, {String, Type(kMatch), groupNamed}}
	case kList:
		return []indexer{{Int, t.elem(), listAt}}
	}
	return nil
}

func (n *indexNode) compile(c *compiler) typed {
	x := c.value(n.x)
	args, ok := c.arguments(n.args, Any)
	if x.bad() || !ok {
		return bad()
	}
	rows := indexerOf(x.t.plain())
	if len(rows) == 0 || len(args) != 1 {
		return c.problem(n.at(), "%s has no indexer with %d values", x.t, len(args))
	}
	for _, row := range rows {
		if i, ok := c.implicit(args[0].typed, row.key); ok {
			return indexed(row, x.run, i.run)
		}
	}
	return c.problem(n.at(), "%s is indexed by %s, not by %s", x.t, rows[0].key, args[0].t)
}

func indexed(row indexer, left, right code) typed {
	get := row.get
	return typed{t: row.t, run: func(f *frame) (value, error) {
		x, err := left(f)
		if err != nil {
			return x, err
		}
		if x.k == kNull {
			return x, nullError()
		}
		i, err := right(f)
		if err != nil {
			return i, err
		}
		if err := f.look(x); err != nil {
			return null(), err
		}
		return get(f, x, i)
	}}
}

func indexError() error {
	return fail(IndexRange, "Index was outside the bounds of the array.")
}

func charAt(_ *frame, x, i value) (value, error) {
	if ascii(x.s) {
		if i.n < 0 || i.n >= int64(len(x.s)) {
			return null(), indexError()
		}
		return char(uint16(x.s[i.n])), nil
	}
	u := utf16Of(x.s)
	if i.n < 0 || i.n >= int64(len(u)) {
		return null(), indexError()
	}
	return char(u[i.n]), nil
}

// itemAt indexes an array.
func itemAt(_ *frame, x, i value) (value, error) {
	if i.n < 0 || i.n >= int64(count(x)) {
		return null(), indexError()
	}
	return item(x, i.int()), nil
}

// listAt indexes a List, whose exception is another.
func listAt(f *frame, x, i value) (value, error) {
	v, err := itemAt(f, x, i)
	if err != nil {
		err = rangeError("Index was out of range. Must be non-negative and less than the size of the collection.", "index")
	}
	return v, err
}

func keyError() error {
	return fail(KeyNotFound, "The given key was not present in the dictionary.")
}
