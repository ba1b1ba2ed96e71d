package expr

// primary parses literals, names, brackets and new.
func (p *parser) primary() node {
	t := p.next()
	switch t.kind {
	case tokInt, tokReal, tokString, tokChar:
		return literal(t)
	case tokInterp:
		return p.interpolated(t)
	case tokName:
		return p.word(t)
	case tokPunct:
		if t.text == "(" {
			x := p.expression()
			p.expect(")")
			return x
		}
	}
	p.failf(t.pos, "an expression expected before %s", t.what())
	return nil
}

func literal(t token) node {
	switch t.kind {
	case tokString:
		return &literalNode{place(t.pos), str(t.text), String}
	case tokChar:
		return &literalNode{place(t.pos), char(uint16(t.n)), Type(kChar)}
	case tokReal:
		return &literalNode{place(t.pos), value{k: kDouble, n: t.n}, Double}
	}
	if t.long {
		return &literalNode{place(t.pos), long(t.n), Long}
	}
	return &literalNode{place(t.pos), integer(int32(t.n)), Int}
}

func (p *parser) interpolated(t token) node {
	n := &interpNode{place: place(t.pos)}
	for _, part := range t.parts {
		if part.source == "" {
			n.pieces = append(n.pieces, piece{text: part.text})
			continue
		}
		n.pieces = append(n.pieces, piece{x: p.sub(part.source, part.pos), align: part.align, format: part.format})
	}
	return n
}

// word parses what starts with a name.
func (p *parser) word(t token) node {
	switch t.text {
	case "true", "false":
		return &literalNode{place(t.pos), boolean(t.text == "true"), Bool}
	case "null":
		return &literalNode{place(t.pos), null(), Null}
	case "new":
		return p.create(t)
	case "default":
		return p.defaultValue(t)
	case "typeof", "nameof", "sizeof", "checked", "unchecked", "await", "async", "delegate", "stackalloc", "switch", "throw", "from":
		if !p.isOp(".") && !p.isOp(")") && !p.isOp(",") || p.isOp("(") {
			p.failf(t.pos, "%s is not supported in a policy expression", t.text)
		}
	}
	return &nameNode{place(t.pos), t.text}
}

// defaultValue parses default(T) and default.
func (p *parser) defaultValue(t token) node {
	if !p.accept("(") {
		return &literalNode{place(t.pos), null(), Null}
	}
	ref := p.typ()
	p.expect(")")
	return &newNode{place: place(t.pos), typ: typeRef{place: ref.place, name: "default", args: []typeRef{ref}}}
}

// postfix parses member accesses, calls and indexers behind x.
func (p *parser) postfix(x node) node {
	for {
		t := p.peek()
		if t.kind != tokPunct {
			return x
		}
		switch t.text {
		case ".":
			p.next()
			x = p.member(x)
		case "(":
			p.next()
			x = &callNode{x2place(x), x, p.arguments(")")}
		case "[":
			p.next()
			x = &indexNode{place(t.pos), x, p.arguments("]")}
		case "?.", "?[":
			x = p.guard(x)
		case "++", "--":
			p.next()
			x = &assignNode{place(t.pos), t.text, x, nil}
		case "!":
			p.next() // the null-forgiving operator changes nothing at run time
		default:
			return x
		}
	}
}

func x2place(x node) place { return place(x.at()) }

// member parses the name behind a dot, with type arguments where a call follows.
func (p *parser) member(x node) node {
	t := p.ident()
	m := &memberNode{place: place(t.pos), x: x, name: t.text}
	start := p.i
	if p.isOp("<") {
		ref := typeRef{}
		if p.typeArgs(&ref) && p.isOp("(") {
			m.args = ref.args
		} else {
			p.i = start
		}
	}
	return m
}

// guard parses x?.rest; the whole rest of the chain is skipped where x is null.
func (p *parser) guard(x node) node {
	p.down()
	defer p.up()
	t := p.next()
	hole := &holeNode{place: place(x.at())}
	var rest node
	if t.text == "?." {
		rest = p.member(hole)
	} else {
		rest = &indexNode{place(t.pos), hole, p.arguments("]")}
	}
	return &guardNode{place(t.pos), x, p.postfix(rest), hole}
}

// arguments parses arguments up to the closing bracket.
func (p *parser) arguments(end string) []argument {
	var out []argument
	if p.accept(end) {
		return nil
	}
	for {
		out = append(out, p.argument())
		if p.accept(end) {
			return out
		}
		p.expect(",")
	}
}

func (p *parser) argument() argument {
	t := p.peek()
	a := argument{place: place(t.pos)}
	if t.kind == tokName && p.peekAt(1).kind == tokPunct && p.peekAt(1).text == ":" {
		a.name = t.text
		p.i += 2
	}
	if p.isWord("out") && p.peekAt(1).kind == tokName {
		p.next()
		a.out = true
		return p.outArgument(a)
	}
	a.x = p.expression()
	return a
}

// outArgument parses out name, out var name and out T name.
func (p *parser) outArgument(a argument) argument {
	if p.peekAt(1).kind == tokName {
		p.typ()
	}
	t := p.ident()
	a.x = &nameNode{place(t.pos), t.text}
	return a
}

// lambda parses x => … and (x, y) => … where one stands here.
func (p *parser) lambda() (node, bool) {
	start, t := p.i, p.peek()
	params, ok := p.lambdaParams()
	if !ok || !p.accept("=>") {
		p.i = start
		return nil, false
	}
	n := &lambdaNode{place: place(t.pos), params: params}
	if p.isOp("{") {
		n.block = p.block()
	} else {
		n.body = p.expression()
	}
	return n, true
}

func (p *parser) lambdaParams() ([]string, bool) {
	if p.peek().kind == tokName {
		return []string{p.next().text}, true
	}
	if !p.accept("(") {
		return nil, false
	}
	var params []string
	for p.peek().kind == tokName {
		params = append(params, p.next().text)
		if !p.accept(",") {
			break
		}
	}
	return params, p.accept(")")
}
