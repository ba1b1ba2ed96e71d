package azure

import (
	"fmt"
	"strings"
	"unicode"
)

// expression is a parsed expression of a template.
type expression struct {
	text string // of a literal; the name of a call
	call bool
	args []*expression // of a call
	of   *expression   // an access to a member or entry of it; args[0] is which
	num  bool          // a literal that is a number
}

// maxExpression is how deep expressions are nested.
const maxExpression = 60

// expressionIn returns the expression a string of a template is; ok is false
// for a plain one. "[[" stands for a bracket.
func expressionIn(s string) (text string, ok bool) {
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") || strings.HasPrefix(s, "[[") {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// parser reads an expression.
type parser struct {
	text  string
	at    int
	depth int
}

// parseExpression reads the text between the brackets.
func parseExpression(text string) (*expression, error) {
	p := &parser{text: text}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return nil, fmt.Errorf("%.40q is left over", p.text[p.at:])
	}
	return e, nil
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.ContainsRune(" \t\r\n", rune(p.text[p.at])) {
		p.at++
	}
}

// next reports whether c comes next, and takes it.
func (p *parser) next(c byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) expression() (*expression, error) {
	if p.depth++; p.depth > maxExpression {
		return nil, fmt.Errorf("nested deeper than %d", maxExpression)
	}
	defer func() { p.depth-- }()
	e, err := p.primary()
	for err == nil {
		switch {
		case p.next('.'):
			name := p.name()
			if name == "" {
				return nil, fmt.Errorf("a name is missing at %.40q", p.text[p.at:])
			}
			e = &expression{of: e, args: []*expression{{text: name}}}
		case p.next('['):
			index, problem := p.expression()
			if problem != nil {
				return nil, problem
			}
			if !p.next(']') {
				return nil, fmt.Errorf("a ] is missing at %.40q", p.text[p.at:])
			}
			e = &expression{of: e, args: []*expression{index}}
		default:
			return e, nil
		}
	}
	return nil, err
}

// primary reads a string, a number or a call.
func (p *parser) primary() (*expression, error) {
	p.space()
	if p.next('\'') {
		return p.quoted()
	}
	start := p.at
	if number := p.number(); number != "" {
		return &expression{text: number, num: true}, nil
	}
	name := p.name()
	for name != "" && p.next('.') {
		name += "." + p.name()
	}
	if name == "" || !p.next('(') {
		return nil, fmt.Errorf("no expression at %.40q", p.text[start:])
	}
	return p.arguments(name)
}

// number reads a whole number, perhaps with a sign.
func (p *parser) number() string {
	start := p.at
	for p.at < len(p.text) && (strings.IndexByte("0123456789", p.text[p.at]) >= 0 || p.at == start && strings.IndexByte("+-", p.text[p.at]) >= 0) {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *parser) arguments(name string) (*expression, error) {
	e := &expression{text: name, call: true}
	if p.next(')') {
		return e, nil
	}
	for {
		arg, err := p.expression()
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, arg)
		switch {
		case p.next(','):
		case p.next(')'):
			return e, nil
		default:
			return nil, fmt.Errorf("a ) is missing at %.40q", p.text[p.at:])
		}
	}
}

// quoted reads the rest of a string; two quotes stand for one.
func (p *parser) quoted() (*expression, error) {
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		if c != '\'' {
			b.WriteByte(c)
			continue
		}
		if p.at >= len(p.text) || p.text[p.at] != '\'' {
			return &expression{text: b.String()}, nil
		}
		b.WriteByte('\'')
		p.at++
	}
	return nil, fmt.Errorf("a string without end")
}

func (p *parser) name() string {
	p.space()
	start := p.at
	for i, r := range p.text[start:] {
		if r != '_' && r != '$' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			break
		}
		p.at = start + i + len(string(r))
	}
	return p.text[start:p.at]
}
