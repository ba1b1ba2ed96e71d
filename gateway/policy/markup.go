package policy

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// markup reads the elements of one source. What it cannot read it reports, and
// goes on behind it.
type markup struct {
	src      *source
	report   *report
	i        int
	open     []*element // the innermost last; open[0] holds what has no parent
	elements int
	limit    int      // elements this source may have
	typed    bool     // something XML does not allow: read expressions as typed
	comments [][2]int // offsets
	broken   int      // expressions that nothing closes
	stopped  bool     // a limit is reached
}

// readMarkup returns an element that holds the source's elements.
func readMarkup(src *source, r *report, limit int) (root *element, m *markup) {
	root = &element{src: src}
	m = &markup{src: src, report: r, open: []*element{root}, limit: limit}
	if !utf8.ValidString(src.text) {
		m.refuse(invalidAt(src.text), "not UTF-8; save the file as UTF-8")
		return root, m
	}
	for m.i < len(src.text) && !m.stopped {
		m.step()
	}
	m.closeTo(0, len(src.text))
	m.named(root)
	return root, m
}

// invalidAt returns the offset of the first byte that is not UTF-8.
func invalidAt(s string) int {
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
			return i
		}
	}
	return len(s)
}

func (m *markup) refuse(at int, format string, args ...any) {
	m.report.refuse(m.src, at, "", format, args...)
}

func (m *markup) rest() string  { return m.src.text[m.i:] }
func (m *markup) top() *element { return m.open[len(m.open)-1] }

// step reads one thing: a tag, a comment, CDATA or a run of text.
func (m *markup) step() {
	s := m.rest()
	switch {
	case s[0] != '<':
		m.content()
	case strings.HasPrefix(s, "<!--"):
		at := m.i
		m.i += len("<!--") // <!--> ends none
		end := m.skip("-->", "a comment")
		m.comments = append(m.comments, [2]int{at, end})
	case strings.HasPrefix(s, "<![CDATA["):
		m.cdata()
	case strings.HasPrefix(s, "<?"):
		m.skip("?>", "a processing instruction")
	case strings.HasPrefix(s, "<!"):
		m.refuse(m.i, "a document type or other declaration; want elements only")
		m.declaration()
	case strings.HasPrefix(s, "</"):
		m.endTag()
	default:
		m.startTag()
	}
}

// skip goes behind the next stop and returns that place.
func (m *markup) skip(stop, what string) int {
	if i := strings.Index(m.rest(), stop); i >= 0 {
		m.i += i + len(stop)
		return m.i
	}
	m.refuse(m.i, "%s that is not closed; want %s", what, stop)
	m.i = len(m.src.text)
	return m.i
}

// declaration skips <!…>, with what stands in [ ] inside.
func (m *markup) declaration() {
	inner, end := strings.IndexByte(m.rest(), '['), strings.IndexByte(m.rest(), '>')
	if inner >= 0 && inner < end {
		m.skip("]", "a declaration")
	}
	m.skip(">", "a declaration")
}

// cdata reads <![CDATA[…]]>. It may hold an expression, without entities.
func (m *markup) cdata() {
	at := m.i + len("<![CDATA[")
	end := m.skip("]]>", "a CDATA section") - len("]]>")
	end = max(at, min(end, len(m.src.text)))
	body := m.src.text[at:end]
	lead := len(body) - len(strings.TrimLeft(body, " \t\r\n"))
	if startsCode(body[lead:]) {
		c, stop, _, ok := scanCode(body, lead, 0, true)
		if ok && strings.TrimSpace(body[stop:]) == "" {
			c.src, c.at = m.src, c.at+at
			m.add(part{at: at + lead, code: &c})
			return
		}
	}
	m.add(part{at: at, text: text{value: body}})
}

// add appends a part to the innermost element's content.
func (m *markup) add(p part) { m.top().parts = append(m.top().parts, p) }

// startsCode reports whether s starts with @( or @{.
func startsCode(s string) bool {
	return len(s) > 1 && s[0] == '@' && (s[1] == '(' || s[1] == '{')
}

// codeAt reports whether an expression starts at s[i:]; not so in a@(b).
func codeAt(s string, i int) bool {
	return startsCode(s[i:]) && (i == 0 || !namedByte(s[i-1]))
}

// content reads text up to the next <, with the expressions in it.
func (m *markup) content() {
	s, from := m.src.text, m.i
	for m.i < len(s) && s[m.i] != '<' {
		switch {
		case codeAt(s, m.i):
			m.literal(from)
			m.expression(0)
			from = m.i
		case s[m.i] == '&' && !startsEntity(s[m.i:]):
			m.refuse(m.i, "& outside of an expression; write &amp;")
			m.i++
		default:
			m.i++
		}
	}
	m.literal(from)
}

// literal adds the text from an offset to here.
func (m *markup) literal(from int) {
	if from < m.i {
		m.add(part{at: from, text: decode(m.src.text[from:m.i])})
	}
}

// expression reads the expression that starts here, as content.
func (m *markup) expression(quote byte) {
	at := m.i
	c, end, xml, ok := scanCode(m.src.text, at, quote, false)
	if !ok {
		m.refuse(at, "an expression that is not closed; want %s", closing(m.src.text[at:]))
		m.i = recoverText(m.src.text, at)
		m.unclosed()
		m.add(part{at: at, open: true})
		return
	}
	m.typed = m.typed || !xml
	c.src, m.i = m.src, end
	m.add(part{at: at, code: &c})
}

// unclosed counts expressions that nothing closes: each of them was looked for
// to the end of the text.
func (m *markup) unclosed() {
	m.broken++
	m.stopped = m.stopped || m.broken > MaxProblems
}

func closing(s string) string {
	if strings.HasPrefix(s, "@{") {
		return "a matching }"
	}
	return "a matching )"
}

// recoverText returns where reading goes on behind a broken expression in text.
func recoverText(s string, at int) int {
	if i := strings.Index(s[at:], "</"); i >= 0 {
		return at + i
	}
	return len(s)
}

// closeTo closes the elements inside open[n], which have no end tag.
func (m *markup) closeTo(n, end int) {
	for len(m.open) > n+1 {
		e := m.top()
		if !m.stopped {
			m.refuse(e.at, "<%s> is not closed; want </%s>", e.name, e.name)
		}
		e.inner[1] = end
		m.open = m.open[:len(m.open)-1]
	}
}

// named reports the names in {{ }} that nothing has, but for those in comments
// and in Liquid templates, which have braces of their own.
func (m *markup) named(root *element) {
	for _, n := range m.src.unknown {
		switch {
		case m.commented(n.at) || liquid(root, n.at):
		case strings.TrimSpace(n.name) != n.name:
			m.report.warn(m.src, n.at, "", "{{%s}} names no named value and stays as it is", n.name)
		default:
			m.refuse(n.at, "named value %q does not exist", n.name)
		}
	}
}

func (m *markup) commented(at int) bool {
	i := sort.Search(len(m.comments), func(i int) bool { return m.comments[i][1] > at })
	return i < len(m.comments) && m.comments[i][0] <= at
}

// liquid reports whether an offset is inside of an element with a template.
func liquid(e *element, at int) bool {
	for e != nil {
		if template, _ := e.attribute("template").literal(); template == "liquid" {
			return true
		}
		e = e.around(at)
	}
	return false
}

// around returns the child whose content holds an offset, or nil.
func (e *element) around(at int) *element {
	i := sort.Search(len(e.children), func(i int) bool { return e.children[i].inner[1] > at })
	if i < len(e.children) && e.children[i].inner[0] <= at {
		return e.children[i]
	}
	return nil
}
