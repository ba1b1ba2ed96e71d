package expr

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonWriter writes a token as Newtonsoft.Json does, up to a limit.
type jsonWriter struct {
	b      []byte
	limit  int
	indent bool
	level  int
	over   bool // the limit was reached
}

// writeJSON returns t as text; it ends at limit bytes with ok false.
func writeJSON(t *Token, indent bool, limit int) (string, bool) {
	w := &jsonWriter{limit: limit, indent: indent}
	w.token(t)
	return string(w.b), !w.over && len(w.b) <= limit
}

// json returns the text of t and takes its bytes.
func (f *frame) json(t *Token, indent bool) (value, error) {
	s, ok := writeJSON(t, indent, f.room)
	if !ok {
		return null(), f.take(f.room + 1)
	}
	return f.made(s)
}

func (w *jsonWriter) token(t *Token) {
	w.over = w.over || len(w.b) > w.limit
	if w.over {
		return
	}
	switch t.k {
	case kJObject:
		w.container(t, '{', '}')
	case kJArray:
		w.container(t, '[', ']')
	case kJProperty:
		w.text(t.name)
		w.b = append(w.b, ':')
		if w.indent {
			w.b = append(w.b, ' ')
		}
		for _, v := range t.items {
			w.token(v)
		}
	default:
		w.value(t.val)
	}
}

func (w *jsonWriter) container(t *Token, open, end byte) {
	w.b = append(w.b, open)
	w.level++
	for i, it := range t.items {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.line()
		w.token(it)
	}
	w.level--
	if len(t.items) > 0 {
		w.line()
	}
	w.b = append(w.b, end)
}

func (w *jsonWriter) line() {
	if w.indent {
		w.b = append(w.b, '\r', '\n')
		for range w.level {
			w.b = append(w.b, ' ', ' ')
		}
	}
}

func (w *jsonWriter) value(v value) {
	switch v.k {
	case kNull:
		w.b = append(w.b, "null"...)
	case kBool, kLong, kInt:
		w.b = append(w.b, strings.ToLower(textOf(v))...)
	case kDouble:
		s := textOf(v)
		if !strings.ContainsAny(s, ".EN∞") {
			s += ".0"
		}
		w.b = append(w.b, s...)
	case kDateTime:
		w.text(isoTime(v))
	default:
		w.text(textOf(v))
	}
}

// text writes a string with quotes.
func (w *jsonWriter) text(s string) {
	if len(w.b)+len(s) > w.limit {
		w.over = true
		return
	}
	w.b = append(w.b, '"')
	for _, r := range s {
		switch i := strings.IndexRune("\"\\\b\f\n\r\t", r); {
		case i >= 0:
			w.b = append(w.b, '\\', `"\bfnrt`[i])
		case r < ' ' || r == 0x85 || r == 0x2028 || r == 0x2029:
			h := strconv.FormatInt(int64(r), 16)
			w.b = append(w.b, `\u`+"0000"[len(h):]+h...)
		default:
			w.b = utf8.AppendRune(w.b, r)
		}
	}
	w.b = append(w.b, '"')
}
