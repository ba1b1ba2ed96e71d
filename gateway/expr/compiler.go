package expr

import (
	"errors"
	"fmt"
)

// code is a compiled expression.
type code func(f *frame) (value, error)

// typed is a compiled expression with what is known of it.
type typed struct {
	t      Type
	run    code
	static bool   // the expression names the type t
	space  string // the expression names a namespace
	konst  bool   // v is its value
	v      value
	joins  []code // the operands of a string concatenation
}

func bad() typed { return typed{t: Type(kBad)} }

func (x typed) bad() bool { return x.t.is(kBad) }

// compiler types a tree. Problems are collected; what has one is of type kBad
// and causes no second.
type compiler struct {
	src      string
	o        Options
	problems []Problem
	regions  []Literal
	locals   []local // innermost last
	slots    int
	loops    int
	returns  *returned // of the block that is compiled
}

// local is a variable of a block.
type local struct {
	name string
	t    Type
	slot int
	done bool // out of scope: its slot is not used again
}

// maxProblems is how many problems of one expression are worth reading.
const maxProblems = 20

func (c *compiler) problem(pos int, format string, args ...any) typed {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{c.o.At.after(c.src, pos), fmt.Sprintf(format, args...)})
	}
	return bad()
}

// located turns an error of lexer or parser into a Problem.
func (c *compiler) located(err error) Problem {
	var e *sourceError
	if errors.As(err, &e) {
		return Problem{c.o.At.after(c.src, e.pos), e.msg}
	}
	return Problem{c.o.At, err.Error()}
}

// source compiles the whole source and converts its result to what is wanted.
func (c *compiler) source(block bool) (typed, error) {
	if len(c.src) > maxSource {
		return bad(), &sourceError{0, fmt.Sprintf("the expression has %d bytes, at most %d are allowed", len(c.src), maxSource)}
	}
	if block {
		list, err := parse(c.src, 0, 0, (*parser).statements)
		if err != nil {
			return bad(), err
		}
		return c.wanted(0, c.body(0, list)), nil
	}
	tree, err := parse(c.src, 0, 0, (*parser).expression)
	if err != nil {
		return bad(), err
	}
	return c.wanted(tree.at(), c.value(tree)), nil
}

// value compiles a node that has to be a value: no type, no namespace, not void.
func (c *compiler) value(n node) typed {
	x := n.compile(c)
	switch {
	case x.bad():
		return bad()
	case x.space != "":
		return c.problem(n.at(), "%s is a namespace, a value is expected", x.space)
	case x.static:
		return c.problem(n.at(), "%s is a type, a value is expected", x.t)
	case x.t.is(kLambda):
		return c.problem(n.at(), "a lambda expression stands only as an argument")
	}
	return x
}

// wanted converts the result to Options.Want. What is not known before run
// time is checked there.
func (c *compiler) wanted(pos int, x typed) typed {
	want := c.o.Want
	if x.bad() || want == Any {
		return x
	}
	if x.t.is(kVoid) {
		return c.problem(pos, "the expression has no value, %s is expected", want)
	}
	if want == String {
		return x // attributes take the text of any value
	}
	if y, ok := c.implicit(x, want); ok {
		return y
	}
	if x.t.is(kAny) || x.t.plain() == want {
		run := x.run
		return typed{t: want, run: func(f *frame) (value, error) {
			v, err := run(f)
			if err != nil {
				return v, err
			}
			return unbox(v, want)
		}}
	}
	return c.problem(pos, "cannot convert %s to %s", x.t, want)
}

// slot takes a place for a value in the frame.
func (c *compiler) slot() int {
	c.slots++
	return c.slots - 1
}

// declare names a new local.
func (c *compiler) declare(pos int, name string, t Type) int {
	if _, ok := c.find(name); ok || name == "context" {
		c.problem(pos, "a local variable named %s is already defined in this scope", name)
	}
	c.locals = append(c.locals, local{name: name, t: t, slot: c.slot()})
	return c.slots - 1
}

func (c *compiler) find(name string) (local, bool) {
	for i := len(c.locals) - 1; i >= 0; i-- {
		if c.locals[i].name == name && !c.locals[i].done {
			return c.locals[i], true
		}
	}
	return local{}, false
}

// leave ends the scope that began when there were n locals.
func (c *compiler) leave(n int) {
	for i := n; i < len(c.locals); i++ {
		c.locals[i].done = true
	}
}

// constant makes code of a value.
func constant(t Type, v value) typed {
	return typed{t: t, konst: true, v: v, run: func(*frame) (value, error) { return v, nil }}
}
