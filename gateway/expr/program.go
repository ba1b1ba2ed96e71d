package expr

import "errors"

// Options says how an expression is compiled.
type Options struct {
	At        Position        // of src's first byte in the document; zero: 1:1
	Want      Type            // the type the caller needs: Any, String, Bool or Int
	Variables map[string]Type // static types of context.Variables that are known; may be nil
	MaxSteps  int             // of one evaluation; 0: 100,000
	MaxBytes  int             // of all strings and bodies one evaluation makes; 0: 4 MiB
}

// Literal is a string of the source and where it stands.
type Literal struct {
	Text string
	Position
}

// Program is a compiled expression. It is immutable and may be evaluated by
// any number of goroutines.
type Program struct {
	typ Type
}

// Compile compiles src, the text between @( and ), or between @{ and } where
// block is set. It returns a Program, or at least one Problem.
func Compile(src string, block bool, o Options) (*Program, []Problem) {
	return nil, []Problem{{Position: o.At, Message: "no expression is supported"}}
}

// Type returns the static type of the result.
func (p *Program) Type() Type { return p.typ }

// Regions returns the string literals that are compared with
// context.Deployment.Region.
func (p *Program) Regions() []Literal { return nil }

// Eval evaluates the expression for one request. The error is an *Error.
func (p *Program) Eval(x *Context) (Value, error) { return nil, errors.New("no expression is supported") }

// Text evaluates the expression and returns its result as C#'s ToString
// writes it; null is "".
func (p *Program) Text(x *Context) (string, error) { return "", errors.New("no expression is supported") }

// Bool evaluates an expression of type Bool without an allocation.
func (p *Program) Bool(x *Context) (bool, error) { return false, errors.New("no expression is supported") }
