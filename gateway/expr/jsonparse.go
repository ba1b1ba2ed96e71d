package expr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSON is how deep a document may be nested, as in Newtonsoft.Json.
const maxJSON = 64

// jsonReader reads JSON as Newtonsoft.Json does: comments, single quotes, bare
// names and trailing commas are allowed.
type jsonReader struct {
	s     string
	i     int
	depth int
}

// parseJSON reads a document.
func parseJSON(s string) (*Token, error) {
	r := &jsonReader{s: strings.TrimPrefix(s, "\ufeff")}
	t, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.space(); r.i < len(r.s) {
		return nil, r.failf("Additional text encountered after finished reading JSON content: %s.", r.char())
	}
	return t, nil
}

func (r *jsonReader) char() string {
	_, n := utf8.DecodeRuneInString(r.s[r.i:])
	return r.s[r.i : r.i+n]
}

func (r *jsonReader) failf(text string, args ...any) error {
	done := r.s[:r.i]
	line := 1 + strings.Count(done, "\n")
	return fail(BadJSON, fmt.Sprintf(text, args...)+fmt.Sprintf(" Path '', line %d, position %d.", line, len(done)-strings.LastIndexByte(done, '\n')-1))
}

// space skips white space and comments.
func (r *jsonReader) space() {
	for r.i < len(r.s) {
		rest := r.s[r.i:]
		var end int
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			end = 1
		case strings.HasPrefix(rest, "//"):
			end = endOf(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			end = endOf(rest, "*/")
		default:
			return
		}
		r.i += end
	}
}

// endOf is the offset behind end in s, or all of s.
func endOf(s, end string) int {
	if i := strings.Index(s[2:], end); i >= 0 {
		return i + 2 + len(end)
	}
	return len(s)
}

func (r *jsonReader) value() (*Token, error) {
	r.space()
	if r.i >= len(r.s) {
		return nil, r.failf("Error reading JToken from JsonReader.")
	}
	switch c := r.s[r.i]; c {
	case '{', '[':
		r.depth++
		if r.depth > maxJSON {
			return nil, r.failf("The reader's MaxDepth of %d has been exceeded.", maxJSON)
		}
		t, err := r.container(c)
		r.depth--
		return t, err
	case '"', '\'':
		s, err := r.text(c)
		return newValue(str(s)), err
	}
	return r.word()
}

func (r *jsonReader) container(c byte) (*Token, error) {
	r.i++
	t, end := &Token{k: kJArray}, byte(']')
	if c == '{' {
		t, end = &Token{k: kJObject}, '}'
	}
	for {
		r.space()
		if r.i < len(r.s) && r.s[r.i] == end {
			r.i++
			t.unique()
			return t, nil
		}
		if err := r.child(t); err != nil {
			return nil, err
		}
		r.space()
		if r.i >= len(r.s) {
			return nil, r.failf("Unexpected end of content while loading %s.", fullName(t.k)[len("Newtonsoft.Json.Linq."):])
		}
		if r.s[r.i] == ',' {
			r.i++
		} else if r.s[r.i] != end {
			return nil, r.failf("After parsing a value an unexpected character was encountered: %s.", r.char())
		}
	}
}

// unique drops what a later property of the same name replaces.
func (t *Token) unique() {
	if t.k != kJObject {
		return
	}
	seen := make(map[string]int, len(t.items))
	kept := t.items[:0]
	for _, p := range t.items {
		if i, ok := seen[p.name]; ok {
			kept[i] = p
			continue
		}
		seen[p.name] = len(kept)
		kept = append(kept, p)
	}
	t.items = kept
}

// child reads an element or a property.
func (r *jsonReader) child(t *Token) error {
	name := ""
	if t.k == kJObject {
		var err error
		if name, err = r.name(); err != nil {
			return err
		}
	}
	v, err := r.value()
	if err != nil {
		return err
	}
	if t.k == kJArray {
		v.parent = t
		t.items = append(t.items, v)
		return nil
	}
	p := &Token{k: kJProperty, name: name, items: []*Token{v}, parent: t}
	v.parent = p
	t.items = append(t.items, p)
	return nil
}

// name reads a property's name and its colon.
func (r *jsonReader) name() (string, error) {
	if r.i >= len(r.s) {
		return "", r.failf("Unexpected end when reading JSON.")
	}
	var name string
	var err error
	if c := r.s[r.i]; c == '"' || c == '\'' {
		name, err = r.text(c)
	} else if name = r.bare(); name == "" {
		err = r.failf("Invalid property identifier character: %s.", r.char())
	}
	if err != nil {
		return "", err
	}
	if r.space(); r.i >= len(r.s) || r.s[r.i] != ':' {
		return "", r.failf("Invalid character after parsing property name. Expected ':'.")
	}
	r.i++
	return name, nil
}

// bare reads letters, digits and what numbers consist of.
func (r *jsonReader) bare() string {
	start := r.i
	for r.i < len(r.s) && (isHex(r.s[r.i]) || strings.IndexByte("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ_$+-.", r.s[r.i]) >= 0) {
		r.i++
	}
	return r.s[start:r.i]
}

// word reads true, false, null and numbers.
func (r *jsonReader) word() (*Token, error) {
	start := r.i
	w := r.bare()
	switch w {
	case "true", "false":
		return newValue(boolean(w == "true")), nil
	case "null", "undefined":
		return newValue(null()), nil
	}
	if n, err := strconv.ParseInt(w, 10, 64); err == nil && w[0] != '+' {
		return newValue(long(n)), nil
	}
	if f, err := strconv.ParseFloat(w, 64); err == nil && strings.IndexByte("-.0123456789", w[0]) >= 0 {
		return newValue(double(f)), nil
	}
	r.i = start
	return nil, r.failf("Unexpected character encountered while parsing value: %s.", r.char())
}

// text reads a string in quotes q.
func (r *jsonReader) text(q byte) (string, error) {
	start := r.i
	r.i++
	end := r.i
	for end < len(r.s) && r.s[end] != q && r.s[end] != '\\' {
		end++
	}
	if end < len(r.s) && r.s[end] == q {
		s := r.s[r.i:end]
		r.i = end + 1
		return s, nil
	}
	return r.escaped(start, q)
}

// escaped reads the rest of a string that has escapes.
func (r *jsonReader) escaped(start int, q byte) (string, error) {
	var sb strings.Builder
	for r.i < len(r.s) && r.s[r.i] != q {
		if r.s[r.i] != '\\' {
			sb.WriteByte(r.s[r.i])
			r.i++
			continue
		}
		if !r.unescape(&sb) {
			return "", r.failf("Bad JSON escape sequence: \\%s.", r.char())
		}
	}
	if r.i >= len(r.s) {
		r.i = start
		return "", r.failf("Unterminated string. Expected delimiter: %c.", q)
	}
	r.i++
	return sb.String(), nil
}

func (r *jsonReader) unescape(sb *strings.Builder) bool {
	if r.i+1 >= len(r.s) {
		r.i = len(r.s)
		return true
	}
	if i := strings.IndexByte(`"\/'bfnrt`, r.s[r.i+1]); i >= 0 {
		sb.WriteByte("\"\\/'\b\f\n\r\t"[i])
		r.i += 2
		return true
	}
	c, n := hexEscape(r.s[r.i:])
	if n == 0 || r.s[r.i+1] != 'u' {
		r.i++
		return false
	}
	r.i += n
	if low, m := hexEscape(r.s[r.i:]); m > 0 && utf16.DecodeRune(c, low) != utf8.RuneError {
		c = utf16.DecodeRune(c, low)
		r.i += m
	}
	sb.WriteRune(c)
	return true
}
