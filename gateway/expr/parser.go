package expr

import (
	"errors"
	"fmt"
)

// Limits of a source.
const (
	maxSource = 64 << 10
	maxDepth  = 100
)

// parser turns tokens into a tree: precedence climbing for expressions,
// recursive descent for the rest. The first error ends it.
type parser struct {
	toks  []token
	i     int
	depth int
}

// syntax is how a parse ends early: it travels as a panic inside of this file
// only and is turned into an error by parse.
type syntax struct{ err *sourceError }

// parse runs fn on the tokens of src and wants all of them used.
func parse[T any](src string, off, depth int, fn func(*parser) T) (out T, err error) {
	toks, err := tokens(src, off)
	if err != nil {
		return out, err
	}
	p := &parser{toks: toks, depth: depth}
	defer func() {
		r := recover()
		if s, ok := r.(syntax); ok {
			err = s.err
		} else if r != nil {
			panic(r)
		}
	}()
	out = fn(p)
	if t := p.peek(); t.kind != tokEOF {
		p.failf(t.pos, "unexpected %s", t.what())
	}
	return out, nil
}

func (p *parser) failf(pos int, format string, args ...any) {
	panic(syntax{&sourceError{pos, fmt.Sprintf(format, args...)}})
}

// sub parses the expression of a hole.
func (p *parser) sub(src string, off int) node {
	x, err := parse(src, off, p.depth+1, (*parser).expression)
	var e *sourceError
	if errors.As(err, &e) {
		panic(syntax{e})
	}
	return x
}

func (p *parser) peek() token { return p.toks[p.i] }

func (p *parser) peekAt(n int) token { return p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) next() token {
	t := p.toks[p.i]
	if t.kind != tokEOF {
		p.i++
	}
	return t
}

// isOp reports whether the next token is the operator or bracket op.
func (p *parser) isOp(op string) bool {
	t := p.peek()
	return t.kind == tokPunct && t.text == op
}

// isWord reports whether the next token is the word w.
func (p *parser) isWord(w string) bool {
	t := p.peek()
	return t.kind == tokName && t.text == w
}

// accept takes the next token where it is op.
func (p *parser) accept(op string) bool {
	if p.isOp(op) {
		p.i++
		return true
	}
	return false
}

func (p *parser) acceptWord(w string) bool {
	if p.isWord(w) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(op string) token {
	t := p.peek()
	if !p.accept(op) {
		p.failf(t.pos, `"%s" expected before %s`, op, t.what())
	}
	return t
}

func (p *parser) ident() token {
	t := p.next()
	if t.kind != tokName {
		p.failf(t.pos, "a name expected before %s", t.what())
	}
	return t
}

// down counts nesting; the caller leaves with up.
func (p *parser) down() {
	p.depth++
	if p.depth > maxDepth {
		p.failf(p.peek().pos, "nested deeper than %d levels", maxDepth)
	}
}

func (p *parser) up() { p.depth-- }

// expression parses a whole expression.
func (p *parser) expression() node {
	p.down()
	defer p.up()
	if l, ok := p.lambda(); ok {
		return l
	}
	x := p.binary(0)
	if p.isOp("?") {
		t := p.next()
		yes := p.expression()
		p.expect(":")
		return &condNode{place(t.pos), x, yes, p.expression()}
	}
	return p.assignment(x)
}

// assignment parses what may follow x: = and its relatives.
func (p *parser) assignment(x node) node {
	t := p.peek()
	if t.kind != tokPunct {
		return x
	}
	switch t.text {
	case "=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "??=":
		p.next()
		return &assignNode{place(t.pos), t.text, x, p.expression()}
	}
	return x
}

// level returns the precedence of the binary operator t, 0 for none.
func level(t token) int {
	if t.kind == tokName && (t.text == "is" || t.text == "as") {
		return 8
	}
	if t.kind != tokPunct {
		return 0
	}
	for i, ops := range [][]string{{"??"}, {"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<", ">", "<=", ">="}, {"<<"}, {"+", "-"}, {"*", "/", "%"}} {
		for _, op := range ops {
			if op == t.text {
				return i + 1
			}
		}
	}
	return 0
}

// binary parses operators that bind tighter than floor.
func (p *parser) binary(floor int) node {
	x := p.unary()
	for {
		t := p.peek()
		n := level(t)
		shift := p.rightShift()
		if shift {
			n = 9
		}
		if n == 0 || n <= floor {
			return x
		}
		x = p.operator(x, n, shift)
	}
}

// operator parses one binary operator of level n and its right side.
func (p *parser) operator(x node, n int, shift bool) node {
	t := p.next()
	if shift {
		p.next()
		return &binaryNode{place(t.pos), ">>", x, p.binary(n)}
	}
	switch t.text {
	case "??":
		p.down()
		defer p.up()
		return &binaryNode{place(t.pos), t.text, x, p.binary(n - 1)}
	case "is":
		return p.is(t, x)
	case "as":
		return &asNode{place(t.pos), x, p.typ()}
	}
	return &binaryNode{place(t.pos), t.text, x, p.binary(n)}
}

// rightShift reports whether > and > follow without a gap: the lexer cannot
// know >> from the end of two lists of type arguments.
func (p *parser) rightShift() bool {
	return p.isOp(">") && p.peekAt(1).kind == tokPunct && p.peekAt(1).text == ">" && !p.peekAt(1).space
}

func (p *parser) is(t token, x node) node {
	n := &isNode{place: place(t.pos), x: x}
	if p.acceptWord("not") {
		n.not = true
	}
	if p.acceptWord("null") {
		n.null = true
		return n
	}
	n.typ = p.typ()
	if next := p.peek(); next.kind == tokName && level(next) == 0 && !n.not {
		n.name = p.next().text
	}
	return n
}

// unary parses prefix operators and casts.
func (p *parser) unary() node {
	t := p.peek()
	if t.kind == tokPunct {
		switch t.text {
		case "!", "-", "+", "~":
			p.next()
			return &unaryNode{place(t.pos), t.text, p.nested()}
		case "++", "--":
			p.next()
			return &assignNode{place(t.pos), t.text, p.nested(), nil}
		case "(":
			if x, ok := p.cast(); ok {
				return x
			}
		}
	}
	return p.postfix(p.primary())
}

// nested parses an operand of a prefix operator.
func (p *parser) nested() node {
	p.down()
	defer p.up()
	return p.unary()
}

// cast parses (T)x where the brackets hold a type and an operand follows.
func (p *parser) cast() (node, bool) {
	start := p.i
	t := p.expect("(")
	ref, ok := p.tryType()
	if !ok || !p.accept(")") || !p.castable(ref) {
		p.i = start
		return nil, false
	}
	return &castNode{place(t.pos), ref, p.nested()}, true
}

// castable reports whether what follows (ref) makes it a cast and not an
// expression in brackets.
func (p *parser) castable(ref typeRef) bool {
	t := p.peek()
	known := ref.known()
	switch t.kind {
	case tokEOF:
		return false
	case tokName:
		return level(t) == 0
	case tokPunct:
		if t.text == "-" || t.text == "+" {
			return keyword(ref.name)
		}
		return t.text == "!" || t.text == "~" || t.text == "(" && known
	}
	return true
}
