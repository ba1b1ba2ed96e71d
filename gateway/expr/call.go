package expr

import "slices"

func (n *callNode) compile(c *compiler) typed {
	m, ok := n.fn.(*memberNode)
	if !ok {
		if name, isName := n.fn.(*nameNode); isName {
			return c.problem(n.fn.at(), "there is no function %s", name.name)
		}
		return c.problem(n.fn.at(), "this cannot be called")
	}
	c.noteRegionCall(m, n.args)
	x := m.x.compile(c)
	switch {
	case x.bad():
		return x
	case x.space != "":
		return c.problem(m.at(), "the type or namespace %s.%s is not allowed", x.space, m.name)
	case x.t.is(kArray):
		return c.arrayQuery(n, m)
	case !x.static && n.hasLambda():
		return c.query(n, m, x)
	}
	return c.called(n, m, x)
}

func (n *callNode) hasLambda() bool {
	return slices.ContainsFunc(n.args, func(a argument) bool { _, ok := a.x.(*lambdaNode); return ok })
}

// called compiles a call of a method of x, or of the type x.
func (c *compiler) called(n *callNode, m *memberNode, x typed) typed {
	args, ok := c.arguments(n.args, outType(x, m.name))
	targ, known := c.typeArgument(m)
	if !ok || !known {
		return bad()
	}
	if x.static {
		return c.staticCall(n, m, x.t, args, targ)
	}
	return c.instanceCall(m, x, args, targ)
}

// typeArgument resolves what stands in <…> of a call.
func (c *compiler) typeArgument(m *memberNode) (*Type, bool) {
	if len(m.args) == 0 {
		return nil, true
	}
	t, ok := c.resolve(m.args[0])
	return &t, ok
}

// resolve resolves a type as it is written.
func (c *compiler) resolve(ref typeRef) (Type, bool) {
	t, ok := ref.resolve()
	if !ok {
		c.problem(ref.at(), "the type %s is not allowed; these types are: %s", ref, typeNames())
	}
	return t, ok
}

// arguments compiles the arguments of a call.
// out is the type of a local that an out argument declares.
func (c *compiler) arguments(list []argument, out Type) ([]actual, bool) {
	all, ok := make([]actual, 0, len(list)), true
	for _, a := range list {
		if a.out {
			c.outLocal(a, out)
		}
		x := c.value(a.x)
		ok = ok && !x.bad()
		all = append(all, actual{a, x})
	}
	return all, ok
}

// staticCall compiles T.name(args).
func (c *compiler) staticCall(n *callNode, m *memberNode, t Type, args []actual, targ *Type) typed {
	if m.name == "TryParse" {
		return c.tryParse(n, m, t, args)
	}
	rows := named(staticMethods(t.kind()), m.name)
	if len(rows) == 0 {
		return c.noMember(m, t, staticNames(t))
	}
	best, ok := c.choose(rows, args, t, targ)
	if !ok {
		return c.mismatch(m, m.name, t, rows, args)
	}
	return emit(best, nil)
}

// instanceCall compiles x.name(args).
func (c *compiler) instanceCall(m *memberNode, x typed, args []actual, targ *Type) typed {
	var rows []method
	for t, ok := x.t.plain(), true; ok; t, ok = t.parent() {
		rows = append(rows, named(methods(t.kind()), m.name)...)
	}
	if seq := x.t.plain(); seq.elem() != Type(kBad) {
		rows = append(rows, named(sequenceMethods(), m.name)...)
	}
	if len(rows) == 0 {
		return c.noMember(m, x.t, memberNames(x.t))
	}
	switch m.name {
	case "TryGetValue":
		return c.tryGet(m, x, args, rows)
	case "TryParseJwt", "TryParseBasic":
		return c.tryText(m, x, args, rows)
	}
	best, ok := c.choose(rows, args, x.t, targ)
	if !ok {
		return c.mismatch(m, m.name, x.t, rows, args)
	}
	return emit(best, x.run)
}

func named(rows []method, name string) []method {
	var out []method
	for _, row := range rows {
		if sigName(row.sig) == name {
			out = append(out, row)
		}
	}
	return out
}

// emit makes the code of a call. Arguments travel on the frame's stack, so
// that a call allocates nothing.
func emit(ch chosen, receiver code) typed {
	parts := make([]code, 0, len(ch.args)+1)
	if receiver != nil {
		parts = append(parts, receiver)
	}
	for _, a := range ch.args {
		parts = append(parts, a.run)
	}
	run, method := ch.sig.run, receiver != nil
	return typed{t: ch.sig.result, run: func(f *frame) (value, error) {
		if err := f.step(1); err != nil {
			return null(), err
		}
		start := len(f.stack)
		for _, part := range parts {
			v, err := part(f)
			if err != nil {
				f.stack = f.stack[:start]
				return v, err
			}
			f.stack = append(f.stack, v)
		}
		args := f.stack[start:len(f.stack):len(f.stack)]
		if method && args[0].k == kNull {
			f.stack = f.stack[:start]
			return null(), nullError()
		}
		if err := f.look(args...); err != nil {
			f.stack = f.stack[:start]
			return null(), err
		}
		v, err := run(f, args)
		f.stack = f.stack[:start]
		return v, err
	}}
}
