package expr

// create parses what follows new.
func (p *parser) create(t token) node {
	n := &newNode{place: place(t.pos)}
	if p.accept("[") {
		p.expect("]")
		n.array = true
		n.typ = typeRef{place: n.place, name: ""}
		n.values = p.initialiser()
		return n
	}
	n.typ = p.typ()
	if n.typ.rank > 0 {
		n.array = true
		n.values = p.initialiser()
		return n
	}
	p.constructor(n)
	if p.isOp("{") {
		n.values = p.initialiser()
	}
	return n
}

// constructor parses (arguments), or the [size] of an array.
func (p *parser) constructor(n *newNode) {
	switch {
	case p.accept("("):
		n.args = p.arguments(")")
	case p.accept("["):
		n.size = p.expression()
		p.expect("]")
		n.typ.rank++
		n.array = true
	case !p.isOp("{"):
		p.failf(p.peek().pos, `"(" expected before %s`, p.peek().what())
	}
}

// initialiser parses { … }.
func (p *parser) initialiser() []initial {
	p.down()
	defer p.up()
	p.expect("{")
	out := []initial{}
	for !p.accept("}") {
		out = append(out, p.initial())
		if !p.isOp("}") {
			p.expect(",")
		}
	}
	return out
}

func (p *parser) initial() initial {
	var in initial
	switch {
	case p.accept("{"):
		in.key = p.expression()
		p.expect(",")
		in.x = p.expression()
		p.expect("}")
	case p.isOp("["):
		p.next()
		in.key = p.expression()
		p.expect("]")
		p.expect("=")
		in.x = p.expression()
	default:
		if t := p.peek(); t.kind == tokName && p.peekAt(1).kind == tokPunct && p.peekAt(1).text == "=" {
			in.name = t.text
			p.i += 2
		}
		in.x = p.expression()
	}
	return in
}
