package policy

import "strings"

// startTag reads <name attributes> or <name attributes/>.
func (m *markup) startTag() {
	at := m.i
	m.i++
	name := m.name()
	if name == "" {
		m.refuse(at, "< outside of an expression; write &lt;, or the name of an element")
		return
	}
	if !m.room(at) {
		return
	}
	e := &element{src: m.src, name: name, at: at}
	m.top().children = append(m.top().children, e)
	for m.attribute(e) {
		continue
	}
	closed := strings.HasPrefix(m.rest(), "/")
	if closed {
		m.i++
	}
	if !strings.HasPrefix(m.rest(), ">") {
		m.refuse(m.i, "the tag of <%s> is not closed; want an attribute, > or />", name)
		m.resync()
	} else {
		m.i++
	}
	e.inner = [2]int{m.i, m.i}
	if !closed {
		m.open = append(m.open, e)
	}
}

// resync goes on behind the next >, or at the next <.
func (m *markup) resync() {
	i := strings.IndexAny(m.rest(), "<>")
	if i < 0 {
		m.i = len(m.src.text)
		return
	}
	m.i += i
	if m.src.text[m.i] == '>' {
		m.i++
	}
}

// room reports whether the document may have one more element, here.
func (m *markup) room(at int) bool {
	m.elements++
	switch {
	case m.elements > m.limit:
		m.refuse(at, "more than %d elements", MaxElements)
	case len(m.open) > MaxDepth:
		m.refuse(at, "elements more than %d deep", MaxDepth)
	default:
		return true
	}
	m.stopped = true
	return false
}

// endTag reads </name> and closes what it closes.
func (m *markup) endTag() {
	at := m.i
	m.i += 2
	name := m.name()
	m.space()
	if strings.HasPrefix(m.rest(), ">") {
		m.i++
	} else {
		m.refuse(at, "the end tag </%s is not closed; want >", name)
		m.resync()
	}
	for n := len(m.open) - 1; n > 0; n-- {
		if m.open[n].name == name {
			m.closeTo(n, at)
			m.top().inner[1] = at
			m.open = m.open[:n]
			return
		}
	}
	m.refuse(at, "</%s> closes nothing%s", name, m.expected())
}

func (m *markup) expected() string {
	if len(m.open) == 1 {
		return ""
	}
	return "; want </" + m.top().name + ">"
}

// name reads a name; "" where there is none.
func (m *markup) name() string {
	from := m.i
	s := m.src.text
	for m.i < len(s) && (namedByte(s[m.i]) || s[m.i] == ':' || s[m.i] >= 0x80) {
		if m.i == from && (s[m.i] == '-' || s[m.i] == '.' || s[m.i] >= '0' && s[m.i] <= '9') {
			break
		}
		m.i++
	}
	return s[from:m.i]
}

func (m *markup) space() {
	for m.i < len(m.src.text) && strings.IndexByte(" \t\r\n", m.src.text[m.i]) >= 0 {
		m.i++
	}
}

// attribute reads name="value"; false where none is ahead.
func (m *markup) attribute(e *element) bool {
	m.space()
	a := attribute{at: m.i}
	a.name = m.name()
	if a.name == "" {
		return false
	}
	m.space()
	if !strings.HasPrefix(m.rest(), "=") {
		m.refuse(a.at, "attribute %s of <%s> has no value; want %s=\"…\"", a.name, e.name, a.name)
		return true
	}
	m.i++
	m.space()
	if s := m.rest(); s == "" || s[0] != '"' && s[0] != '\'' {
		m.refuse(m.i, "the value of %s is not in quotes", a.name)
		return false
	}
	m.value(&a)
	if e.attribute(a.name) != nil {
		m.refuse(a.at, "attribute %s is there twice", a.name)
		return true
	}
	e.attributes = append(e.attributes, a)
	if len(e.attributes) > MaxAttributes {
		m.refuse(a.at, "more than %d attributes", MaxAttributes)
		m.stopped = true
	}
	return !m.stopped
}

// value reads an attribute's value, with the expressions in it, which may hold
// the quote the value is in.
func (m *markup) value(a *attribute) {
	s, quote, start := m.src.text, m.src.text[m.i], m.i
	m.i++
	from := m.i
	for m.i < len(s) && s[m.i] != quote {
		switch {
		case codeAt(s, m.i):
			m.piece(a, from)
			m.inValue(a, quote)
			from = m.i
		case s[m.i] == '<':
			m.refuse(m.i, "< in the value of %s, outside of an expression; write &lt;", a.name)
			m.i++
		case s[m.i] == '&' && !startsEntity(s[m.i:]):
			m.refuse(m.i, "& in the value of %s, outside of an expression; write &amp;", a.name)
			m.i++
		default:
			m.i++
		}
	}
	m.piece(a, from)
	if m.i >= len(s) {
		m.refuse(start, "the value of %s is not closed; want %c", a.name, quote)
		return
	}
	m.i++
}

// piece adds the text from an offset to here.
func (m *markup) piece(a *attribute, from int) {
	if from < m.i {
		a.parts = append(a.parts, part{at: from, text: decode(m.src.text[from:m.i])})
	}
}

// inValue reads the expression that starts here, as a part of a value. One
// that begins a value must be followed by the quote: else a bracket is missing
// and what closed it belongs to somebody else.
func (m *markup) inValue(a *attribute, quote byte) {
	s, at := m.src.text, m.i
	c, end, xml, ok := scanCode(s, at, quote, false)
	if ok && len(a.parts) == 0 {
		behind := strings.TrimLeft(s[end:], " \t\r\n")
		ok = behind != "" && behind[0] == quote
	}
	if !ok {
		m.refuse(at, "an expression in %s that is not closed, or goes on behind its end; want %s and the quote", a.name, closing(s[at:]))
		m.i = recoverValue(s, at, quote)
		m.unclosed()
		a.parts = append(a.parts, part{at: at, open: true})
		return
	}
	m.typed = m.typed || !xml
	c.src, m.i = m.src, end
	a.parts = append(a.parts, part{at: at, code: &c})
}

// recoverValue returns the quote that most likely ends a value with a broken
// expression: the first one with white space, / or > behind it.
func recoverValue(s string, at int, quote byte) int {
	for i := at; i < len(s)-1; i++ {
		if s[i] == quote && strings.IndexByte(" \t\r\n/>", s[i+1]) >= 0 {
			return i
		}
	}
	return len(s)
}
