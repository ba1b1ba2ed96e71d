package expr

// flow says how a statement ended.
type flow uint8

const (
	onward flow = iota
	broken
	continued
	returning
)

// action is a compiled statement.
type action func(f *frame) (flow, error)

// returned collects the types of the return statements of a block.
type returned struct {
	t   Type
	any bool
}

// body compiles a block that has a value.
func (c *compiler) body(pos int, list []statement) typed {
	outer, loops := c.returns, c.loops
	c.returns, c.loops = &returned{t: Type(kNull)}, 0
	n, told := len(c.locals), len(c.problems)
	run := c.sequence(list)
	c.leave(n)
	r := c.returns
	c.returns, c.loops = outer, loops
	switch {
	case len(c.problems) > told:
		return bad()
	case !endsAlways(list):
		return c.problem(pos, "not all paths through the block return a value")
	}
	return typed{t: r.t, run: func(f *frame) (value, error) {
		how, err := run(f)
		if err != nil || how != returning {
			return null(), err
		}
		return f.ret, nil
	}}
}

// endsAlways reports whether a list of statements never runs off its end.
func endsAlways(list []statement) bool {
	for _, s := range list {
		if endsStatement(s) {
			return true
		}
	}
	return false
}

func endsStatement(s statement) bool {
	switch s := s.(type) {
	case *returnStmt, *throwStmt:
		return true
	case *blockStmt:
		return endsAlways(s.list)
	case *ifStmt:
		return s.no != nil && endsStatement(s.yes) && endsStatement(s.no)
	case *loopStmt:
		return endless(s)
	case *tryStmt:
		return s.ends()
	}
	return false
}

func (s *tryStmt) ends() bool {
	return endsAlways(s.body) && (!s.caught || endsAlways(s.catch)) || endsAlways(s.finally)
}

func endless(s *loopStmt) bool {
	l, ok := s.cond.(*literalNode)
	return s.cond == nil || ok && l.v.bool()
}

func (c *compiler) sequence(list []statement) action {
	actions := make([]action, 0, len(list))
	for _, s := range list {
		actions = append(actions, s.build(c))
	}
	return func(f *frame) (flow, error) {
		for _, a := range actions {
			how, err := a(f)
			if err != nil || how != onward {
				return how, err
			}
		}
		return onward, nil
	}
}

// scoped compiles a statement in a scope of its own.
func (c *compiler) scoped(s statement) action {
	n := len(c.locals)
	a := s.build(c)
	c.leave(n)
	return a
}

func nothing(*frame) (flow, error) { return onward, nil }

func (s *blockStmt) build(c *compiler) action {
	n := len(c.locals)
	a := c.sequence(s.list)
	c.leave(n)
	return a
}

func (s *exprStmt) build(c *compiler) action {
	switch s.x.(type) {
	case *callNode, *assignNode, *guardNode, *newNode:
	default:
		c.problem(s.at(), "only a call, an assignment, ++ or -- can stand as a statement")
		return nothing
	}
	x := s.x.compile(c)
	if x.bad() {
		return nothing
	}
	run := x.run
	return func(f *frame) (flow, error) {
		_, err := run(f)
		return onward, err
	}
}

func (s *varStmt) build(c *compiler) action {
	t, x, ok := s.typed(c)
	slot := c.declare(s.at(), s.name, t)
	if !ok {
		c.locals[len(c.locals)-1].t = Type(kBad)
		return nothing
	}
	run := x.run
	return func(f *frame) (flow, error) {
		v, err := run(f)
		f.locals[slot] = v
		return onward, err
	}
}

// typed compiles the value of a declaration and converts it to its type.
func (s *varStmt) typed(c *compiler) (Type, typed, bool) {
	if s.typ.name == "var" {
		if s.x == nil {
			c.problem(s.at(), "a variable that is declared with var needs a value")
			return Any, bad(), false
		}
		x := c.value(s.x)
		if x.t.is(kNull) || x.t.is(kVoid) {
			x = c.problem(s.at(), "the value of %s has no type: cast it", s.name)
		}
		return x.t, x, !x.bad()
	}
	t, ok := c.resolve(s.typ)
	if !ok {
		return Any, bad(), false
	}
	if s.x == nil {
		return t, constant(t, zero(t)), true
	}
	x := c.value(s.x)
	y, fits := c.implicit(x, t)
	if !fits && !x.bad() {
		c.problem(s.at(), "cannot convert %s to %s", x.t, t)
	}
	return t, y, fits
}

func (s *returnStmt) build(c *compiler) action {
	if s.x == nil {
		c.problem(s.at(), "return needs a value")
		return nothing
	}
	x := c.value(s.x)
	if x.bad() {
		return nothing
	}
	run := c.returns.join(c, s.at(), x)
	return func(f *frame) (flow, error) {
		v, err := run(f)
		f.ret = v
		return returning, err
	}
}

// join makes the type of the block cover x: the result of a policy expression
// is an object, so different types are no problem.
func (r *returned) join(c *compiler, pos int, x typed) code {
	switch {
	case x.t.is(kVoid):
		c.problem(pos, "return needs a value")
	case !r.any && !x.t.is(kNull):
		r.t, r.any = x.t, true
	case x.t.is(kNull):
		r.t = r.t.orNull()
	case r.t.plain() != x.t.plain():
		r.t = Any
	default:
		r.t |= x.t & nullable
	}
	return x.run
}
