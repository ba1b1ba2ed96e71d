package expr

import (
	"errors"
	"sync"
)

// Options says how an expression is compiled.
type Options struct {
	At       Position // of src's first byte in the document; zero: 1:1
	Want     Type     // the type the caller needs: Any, String, Bool or Int
	MaxSteps int      // of one evaluation; 0: 100,000
	MaxBytes int      // of all strings and of each body one evaluation makes or reads; 0: 4 MiB
}

// Defaults of Options.
const (
	defaultSteps = 100_000
	defaultBytes = 4 << 20
)

func (o Options) validate() Options {
	if o.MaxSteps <= 0 {
		o.MaxSteps = defaultSteps
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultBytes
	}
	if o.At == (Position{}) {
		o.At = Position{1, 1}
	}
	return o
}

// Literal is a string of the source and where it stands.
type Literal struct {
	Text       string
	IgnoreCase bool // the comparison does
	Position
}

// Program is a compiled expression. It is immutable and may be evaluated by
// any number of goroutines.
type Program struct {
	typ     Type
	run     code
	slots   int
	steps   int
	bytes   int
	regions []Literal
	frames  *sync.Pool
}

// Compile compiles src, the text between @( and ), or between @{ and } where
// block is set. It returns a Program, or at least one Problem.
func Compile(src string, block bool, o Options) (*Program, []Problem) {
	o = o.validate()
	c := &compiler{src: src, o: o}
	x, err := c.source(block)
	if err != nil {
		return nil, []Problem{c.located(err)}
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	p := &Program{typ: x.t, run: x.run, slots: c.slots, steps: o.MaxSteps, bytes: o.MaxBytes, regions: c.regions}
	p.frames = &sync.Pool{New: func() any { return &frame{locals: make([]value, p.slots), stack: make([]value, 0, 8)} }}
	return p, nil
}

// Type returns the static type of the result.
func (p *Program) Type() Type { return p.typ }

// Regions returns the string literals that are compared with
// context.Deployment.Region.
func (p *Program) Regions() []Literal { return p.regions }

// Eval evaluates the expression for one request. The error is an *Error.
func (p *Program) Eval(x *Context) (Value, error) {
	v, err := p.eval(x)
	if err != nil {
		return nil, err
	}
	return external(v), nil
}

// Text evaluates the expression and returns its result as C#'s ToString
// writes it; null is "".
func (p *Program) Text(x *Context) (string, error) {
	v, err := p.eval(x)
	if err != nil || v.k == kString {
		return v.s, err
	}
	return textOf(v), nil
}

// Bool evaluates an expression of type Bool. It allocates nothing itself. A
// result that is no bool is an *Error of kind Cast.
func (p *Program) Bool(x *Context) (bool, error) {
	v, err := p.eval(x)
	if err == nil && v.k != kBool {
		err = castError()
	}
	return err == nil && v.n != 0, err
}

func (p *Program) eval(x *Context) (value, error) {
	f, _ := p.frames.Get().(*frame)
	f.x, f.steps, f.room, f.bytes = x, p.steps, p.bytes, p.bytes
	v, err := p.run(f)
	p.reset(f)
	if err == nil {
		return v, nil
	}
	var e *Error
	if !errors.As(err, &e) {
		err = &Error{Kind: Invalid, Message: err.Error()}
	}
	return null(), err
}

// reset forgets the request before the frame goes back.
func (p *Program) reset(f *frame) {
	clear(f.locals)
	clear(f.stack[:cap(f.stack)])
	f.stack = f.stack[:0]
	if cap(f.stack) > 1024 {
		f.stack = nil
	}
	f.x, f.ret, f.random = nil, value{}, nil
	p.frames.Put(f)
}
