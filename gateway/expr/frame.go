package expr

import (
	"fmt"
	"math/rand/v2"
)

// frame is one evaluation: its request, its locals and what it may still use.
type frame struct {
	x      *Context
	locals []value
	stack  []value // arguments of the calls under way
	steps  int     // left
	room   int     // bytes left
	bytes  int     // the limit, for messages and bodies
	ret    value   // of the return statement
	random *rand.Rand
}

// step takes n steps of the budget.
func (f *frame) step(n int) error {
	f.steps -= n
	if f.steps < 0 {
		return fail(Limit, "The expression takes too many steps.")
	}
	return nil
}

// take takes n bytes of the budget before they are allocated.
func (f *frame) take(n int) error {
	if n < 0 || n > f.room {
		f.room = 0
		return fail(Limit, fmt.Sprintf("The expression makes more than %d bytes.", f.bytes))
	}
	f.room -= n
	return nil
}

// made accounts for a string that a step has made.
func (f *frame) made(s string) (value, error) {
	if err := f.take(len(s)); err != nil {
		return null(), err
	}
	return str(s), nil
}

// uint64 draws a random number.
func (f *frame) Uint64() uint64 {
	if f.x.Draw != nil {
		return f.x.Draw()
	}
	return rand.Uint64()
}
