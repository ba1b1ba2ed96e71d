package expr

func (c *compiler) condition(n node) (code, bool) {
	x := c.value(n)
	if x.bad() {
		return nil, false
	}
	if x.t.plain() != Bool {
		c.problem(n.at(), "the condition is of type %s, bool is expected", x.t)
		return nil, false
	}
	return x.run, true
}

func (s *ifStmt) build(c *compiler) action {
	n := len(c.locals)
	cond, ok := c.condition(s.cond)
	yes, no := c.scoped(s.yes), action(nothing)
	if s.no != nil {
		no = c.scoped(s.no)
	}
	if c.leave(n); !ok {
		return nothing
	}
	return func(f *frame) (flow, error) {
		v, err := cond(f)
		if err != nil {
			return onward, err
		}
		if v.bool() {
			return yes(f)
		}
		return no(f)
	}
}

func (s *jumpStmt) build(c *compiler) action {
	how := broken
	if s.word == "continue" {
		how = continued
	}
	if c.loops == 0 {
		c.problem(s.at(), "%s stands outside of a loop", s.word)
	}
	return func(*frame) (flow, error) { return how, nil }
}

func (s *loopStmt) build(c *compiler) action {
	n := len(c.locals)
	c.loops++
	init := c.sequence(s.init)
	cond, ok := code(func(*frame) (value, error) { return boolean(true), nil }), true
	if s.cond != nil {
		cond, ok = c.condition(s.cond)
	}
	step, body := c.sequence(s.step), c.scoped(s.body)
	c.loops--
	if c.leave(n); !ok {
		return nothing
	}
	l := &loop{cond: cond, step: step, body: body, late: s.late}
	return func(f *frame) (flow, error) {
		if _, err := init(f); err != nil {
			return onward, err
		}
		return l.run(f)
	}
}

// loop is a compiled for, while or do.
type loop struct {
	cond       code
	step, body action
	late       bool
}

// more reports whether the body runs once more.
func (l *loop) more(f *frame, first bool) (bool, error) {
	if first && l.late {
		return true, nil
	}
	v, err := l.cond(f)
	return v.bool(), err
}

func (l *loop) run(f *frame) (flow, error) {
	for first := true; ; first = false {
		if err := f.step(1); err != nil {
			return onward, err
		}
		if more, err := l.more(f, first); err != nil || !more {
			return onward, err
		}
		how, err := l.body(f)
		if err != nil || how == returning {
			return how, err
		}
		if how == broken {
			return onward, nil
		}
		if _, err := l.step(f); err != nil {
			return onward, err
		}
	}
}

func (s *foreachStmt) build(c *compiler) action {
	x := c.value(s.x)
	n := len(c.locals)
	t, ok := s.element(c, x)
	slot := c.declare(s.at(), s.name, t)
	c.loops++
	body := c.scoped(s.body)
	c.loops--
	c.leave(n)
	if !ok {
		return nothing
	}
	run := x.run
	return func(f *frame) (flow, error) {
		v, err := run(f)
		if err != nil {
			return onward, err
		}
		all, err := items(f, v)
		if err != nil {
			return onward, err
		}
		return each(f, all, t, slot, body)
	}
}

func each(f *frame, all []value, t Type, slot int, body action) (flow, error) {
	for _, it := range all {
		if err := f.step(1); err != nil {
			return onward, err
		}
		it, err := unbox(it, t)
		if err != nil {
			return onward, err
		}
		f.locals[slot] = it
		how, err := body(f)
		if err != nil || how == returning {
			return how, err
		}
		if how == broken {
			break
		}
	}
	return onward, nil
}

// element is the type of the loop's variable.
func (s *foreachStmt) element(c *compiler, x typed) (Type, bool) {
	if x.bad() {
		return x.t, false
	}
	t := elementOf(x.t.plain())
	if t.is(kBad) {
		c.problem(s.x.at(), "foreach goes through a collection, not through %s", x.t)
		return t, false
	}
	if s.typ.name == "var" {
		return t, true
	}
	return c.resolve(s.typ)
}

// elementOf is what foreach yields of a collection.
func elementOf(t Type) Type {
	switch t.kind() {
	case kDict:
		return pairOf(kPair, t.key(), t.elem())
	case kHeaders, kMatched, kVariables:
		return pairOf(kPair, String, t.elem())
	}
	return t.elem()
}

func (s *throwStmt) build(c *compiler) action {
	if s.x == nil {
		return func(*frame) (flow, error) { return onward, fail(Invalid, "rethrown") }
	}
	x := c.value(s.x)
	if x.bad() {
		return nothing
	}
	if !x.t.is(kException) {
		c.problem(s.at(), "throw needs an Exception, not %s", x.t)
		return nothing
	}
	run := x.run
	return func(f *frame) (flow, error) {
		v, err := run(f)
		if err == nil {
			err = fail(Invalid, textOf(v))
		}
		return onward, err
	}
}

func (s *tryStmt) build(c *compiler) action {
	body := c.scoped(&blockStmt{s.place, s.body})
	n := len(c.locals)
	slot := -1
	if s.name != "" {
		slot = c.declare(s.at(), s.name, Type(kException))
	}
	catch := c.scoped(&blockStmt{s.place, s.catch})
	c.leave(n)
	finally := c.scoped(&blockStmt{s.place, s.finally})
	caught := s.caught
	return func(f *frame) (flow, error) {
		depth := len(f.stack)
		how, err := body(f)
		if e, ok := err.(*Error); ok && caught && e.Kind != Limit { //nolint:errorlint // closures return *Error as it is
			f.stack = f.stack[:depth]
			if slot >= 0 {
				f.locals[slot] = object(kException, &failure{e.Message})
			}
			how, err = catch(f)
		}
		if ret := f.ret; len(s.finally) > 0 {
			if _, late := finally(f); late != nil {
				return onward, late
			}
			f.ret = ret
		}
		return how, err
	}
}
