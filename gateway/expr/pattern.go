package expr

import (
	"regexp"
	parsed "regexp/syntax"
)

// instructionsPerStep is how many instructions of a pattern, each on one byte,
// count as one step.
const instructionsPerStep = 512

// pattern is a regular expression and what it costs: the engine is linear in the
// text, and in the instructions, of which x{1000} has a thousand.
type pattern struct {
	*regexp.Regexp
	instructions int
}

func compilePattern(text string) (*pattern, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	tree, err := parsed.Parse(text, parsed.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := parsed.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	return &pattern{re, len(prog.Inst)}, nil
}

// search takes the steps of so many searches of a text.
func (p *pattern) search(f *frame, s string, times int) error {
	return f.step(1 + times*(len(s)*(p.instructions+8)/instructionsPerStep))
}
