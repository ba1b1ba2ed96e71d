package expr

// statement is a node of a block.
type statement interface {
	at() int
	build(c *compiler) action
}

type (
	varStmt struct {
		place
		typ  typeRef // name "var": from the value
		name string
		x    node // nil: not set yet
	}
	exprStmt struct {
		place
		x node
	}
	returnStmt struct {
		place
		x node
	}
	ifStmt struct {
		place
		cond    node
		yes, no statement
	}
	blockStmt struct {
		place
		list []statement
	}
	foreachStmt struct {
		place
		name string
		typ  typeRef
		x    node
		body statement
	}
	loopStmt struct {
		place
		init, step []statement
		cond       node // nil: always
		body       statement
		late       bool // do … while
	}
	jumpStmt struct {
		place
		word string // break or continue
	}
	tryStmt struct {
		place
		body, finally []statement
		name          string
		catch         []statement
		caught        bool
	}
	throwStmt struct {
		place
		x node
	}
)

// block parses { statements }.
func (p *parser) block() []statement {
	p.expect("{")
	out := p.statements()
	p.expect("}")
	return out
}

// statements parses up to a closing brace or the end.
func (p *parser) statements() []statement {
	out := []statement{}
	for !p.isOp("}") && p.peek().kind != tokEOF {
		if p.accept(";") {
			continue
		}
		out = append(out, p.statement())
	}
	return out
}

func (p *parser) statement() statement {
	p.down()
	defer p.up()
	t := p.peek()
	if t.kind == tokPunct && t.text == "{" {
		return &blockStmt{place(t.pos), p.block()}
	}
	if t.kind == tokName {
		if s, ok := p.keywordStatement(t); ok {
			return s
		}
	}
	s := p.simple()
	p.expect(";")
	return s
}

// keywordStatement parses a statement that starts with a word of its own.
func (p *parser) keywordStatement(t token) (statement, bool) {
	switch t.text {
	case "return":
		p.next()
		s := &returnStmt{place: place(t.pos)}
		if !p.isOp(";") {
			s.x = p.expression()
		}
		p.expect(";")
		return s, true
	case "if":
		return p.ifStatement(t), true
	case "foreach":
		return p.foreach(t), true
	case "for", "while", "do":
		return p.loop(t), true
	case "break", "continue":
		p.next()
		p.expect(";")
		return &jumpStmt{place(t.pos), t.text}, true
	case "try":
		return p.try(t), true
	}
	return p.refused(t)
}

// refused parses throw and fails on statements that are not supported.
func (p *parser) refused(t token) (statement, bool) {
	switch t.text {
	case "throw":
		p.next()
		s := &throwStmt{place: place(t.pos)}
		if !p.isOp(";") {
			s.x = p.expression()
		}
		p.expect(";")
		return s, true
	case "switch", "using", "lock", "goto", "yield", "fixed", "unsafe", "checked", "unchecked", "class", "struct", "enum":
		p.failf(t.pos, "the statement %s is not supported in a policy expression: var, assignment, if, for, foreach, while, do, try, throw and return are", t.text)
	}
	return nil, false
}

func (p *parser) condition() node {
	p.expect("(")
	x := p.expression()
	p.expect(")")
	return x
}

func (p *parser) ifStatement(t token) statement {
	p.next()
	s := &ifStmt{place: place(t.pos), cond: p.condition()}
	s.yes = p.statement()
	if p.acceptWord("else") {
		s.no = p.statement()
	}
	return s
}

func (p *parser) foreach(t token) statement {
	p.next()
	p.expect("(")
	s := &foreachStmt{place: place(t.pos), typ: p.typ()}
	s.name = p.ident().text
	if !p.acceptWord("in") {
		p.failf(p.peek().pos, `"in" expected before %s`, p.peek().what())
	}
	s.x = p.expression()
	p.expect(")")
	s.body = p.statement()
	return s
}

func (p *parser) loop(t token) statement {
	p.next()
	s := &loopStmt{place: place(t.pos)}
	switch t.text {
	case "for":
		p.header(s)
	case "while":
		s.cond = p.condition()
	case "do":
		s.late = true
		s.body = p.statement()
		if !p.acceptWord("while") {
			p.failf(p.peek().pos, `"while" expected before %s`, p.peek().what())
		}
		s.cond = p.condition()
		p.expect(";")
		return s
	}
	s.body = p.statement()
	return s
}

// header parses the (init; condition; step) of a for.
func (p *parser) header(s *loopStmt) {
	p.expect("(")
	s.init = p.simples(";")
	if !p.isOp(";") {
		s.cond = p.expression()
	}
	p.expect(";")
	s.step = p.simples(")")
}

// simples parses statements between commas.
func (p *parser) simples(end string) []statement {
	var out []statement
	for !p.accept(end) {
		out = append(out, p.simple())
		if !p.isOp(end) {
			p.expect(",")
		}
	}
	return out
}

// simple parses a declaration or an expression, without its semicolon.
func (p *parser) simple() statement {
	t := p.peek()
	if ref, ok := p.declares(); ok {
		s := &varStmt{place: place(t.pos), typ: ref, name: p.ident().text}
		if p.accept("=") {
			s.x = p.declared(ref)
		}
		return s
	}
	return &exprStmt{place(t.pos), p.expression()}
}

// declared parses the value of a declaration: T[] x = {…} is short for new T[] {…}.
func (p *parser) declared(ref typeRef) node {
	if ref.rank == 0 || !p.isOp("{") {
		return p.expression()
	}
	return &newNode{place: place(p.peek().pos), typ: ref, array: true, values: p.initialiser()}
}

// declares parses a type where a declaration stands here.
func (p *parser) declares() (typeRef, bool) {
	start := p.i
	p.acceptWord("const")
	ref, ok := p.tryType()
	if ok && p.peek().kind == tokName {
		after := p.peekAt(1)
		if after.kind == tokPunct && (after.text == "=" || after.text == ";") && level(p.peek()) == 0 {
			return ref, true
		}
	}
	p.i = start
	return typeRef{}, false
}

func (p *parser) try(t token) statement {
	p.next()
	s := &tryStmt{place: place(t.pos), body: p.block()}
	if p.acceptWord("catch") {
		s.caught = true
		if p.accept("(") {
			p.typ()
			if p.peek().kind == tokName {
				s.name = p.next().text
			}
			p.expect(")")
		}
		s.catch = p.block()
	}
	if p.acceptWord("finally") {
		s.finally = p.block()
	}
	if !s.caught && s.finally == nil {
		p.failf(t.pos, "try needs a catch or a finally")
	}
	return s
}
