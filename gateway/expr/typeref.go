package expr

import (
	"slices"
	"strings"
)

// keyword reports whether name is a type that C# has a word of its own for.
func keyword(name string) bool {
	return slices.Contains([]string{"bool", "byte", "char", "decimal", "double", "float", "int", "long", "object", "string", "uint"}, name)
}

// known reports whether the reference names a type of the closed list.
func (r typeRef) known() bool {
	_, ok := r.resolve()
	return ok
}

// typ parses a type.
func (p *parser) typ() typeRef {
	t := p.peek()
	ref, ok := p.tryType()
	if !ok {
		p.failf(t.pos, "a type expected before %s", t.what())
	}
	return ref
}

// tryType parses a type where one stands here. The parser stays where it is
// otherwise.
func (p *parser) tryType() (typeRef, bool) {
	start := p.i
	t := p.peek()
	if t.kind != tokName {
		return typeRef{}, false
	}
	p.down()
	defer p.up()
	ref := typeRef{place: place(t.pos), name: p.next().text}
	for p.isOp(".") && p.peekAt(1).kind == tokName {
		p.next()
		ref.name += "." + p.next().text
	}
	if p.isOp("<") && !p.typeArgs(&ref) {
		p.i = start
		return typeRef{}, false
	}
	p.suffixes(&ref)
	return ref, true
}

// suffixes parses the ? and [] behind a type.
func (p *parser) suffixes(ref *typeRef) {
	if p.isOp("?") && p.nullableHere() {
		p.next()
		ref.null = true
	}
	for p.isOp("[") && p.peekAt(1).kind == tokPunct && p.peekAt(1).text == "]" {
		p.i += 2
		ref.rank++
	}
}

// nullableHere reports whether the ? that follows belongs to a type and is not
// the conditional operator.
func (p *parser) nullableHere() bool {
	after, behind := p.peekAt(1), p.peekAt(2)
	switch after.kind {
	case tokEOF:
		return true
	case tokPunct:
		return slices.Contains([]string{")", ">", ",", ";", "]", "}", "??", "==", "!=", "&&", "||"}, after.text)
	case tokName:
		return behind.kind == tokPunct && (behind.text == "=" || behind.text == ";")
	}
	return false
}

// typeArgs parses <T, U>.
func (p *parser) typeArgs(ref *typeRef) bool {
	p.expect("<")
	for {
		arg, ok := p.tryType()
		if !ok {
			return false
		}
		ref.args = append(ref.args, arg)
		if p.accept(">") {
			return true
		}
		if !p.accept(",") {
			return false
		}
	}
}

// resolve returns the type that the reference names.
func (r typeRef) resolve() (Type, bool) {
	name := r.name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		if !isNamespace(name[:i]) {
			return Type(kBad), false
		}
		name = name[i+1:]
	}
	t, ok := typeByName(name)
	if !ok || t.is(kNull) || t.is(kT) {
		return Type(kBad), false
	}
	return r.suffixed(t)
}

// suffixed applies the arguments, ranks and ? of the reference to t.
func (r typeRef) suffixed(t Type) (Type, bool) {
	ok := true
	if len(r.args) > 0 || t.generic() {
		t, ok = r.generic(t)
	}
	for range r.rank {
		t, ok = typeByName(t.String() + "[]")
	}
	if r.null && t.structs() {
		t |= nullable
	}
	return t, ok
}

// generic applies the type arguments.
func (r typeRef) generic(t Type) (Type, bool) {
	var args [2]Type
	want := 1
	if t.is(kDict) || t.is(kPair) {
		want = 2
	}
	if len(r.args) != want || !t.generic() {
		return Type(kBad), false
	}
	for i, a := range r.args {
		arg, ok := a.resolve()
		if !ok {
			return arg, false
		}
		args[i] = arg.plain()
	}
	if want == 1 {
		return of(t.kind(), args[0]), true
	}
	return readOnly(r.name, pairOf(t.kind(), args[0], args[1])), true
}

// readOnly maps IReadOnlyDictionary<string,string[]> to the type of Headers.
func readOnly(name string, t Type) Type {
	if strings.HasSuffix(name, "IReadOnlyDictionary") && t.key() == String && t.elem().is(kStrings) {
		return Type(kHeaders)
	}
	return t
}

// String returns the reference as it was written.
func (r typeRef) String() string {
	s := r.name
	if len(r.args) > 0 {
		var args []string
		for _, a := range r.args {
			args = append(args, a.String())
		}
		s += "<" + strings.Join(args, ", ") + ">"
	}
	if r.null {
		s += "?"
	}
	return s + strings.Repeat("[]", r.rank)
}
