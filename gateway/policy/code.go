package policy

import "strings"

// code is an expression as it stands in a document, without @( ) or @{ }.
type code struct {
	src   *source
	at    int // offset in the source of its first byte
	raw   string
	block bool
	plain bool // in CDATA: no entities
	typed text // raw with the entities outside of C# strings decoded
}

// text is decoded text that leads back to where it was written.
type text struct {
	value string
	marks []mark // ascending; without any, value is as written
}

// mark says that value[to:] was written at from, counted from the start.
type mark struct{ to, from int }

// origin returns where value[offset:] was written.
func (t text) origin(offset int) int {
	origin := offset
	for _, m := range t.marks {
		if m.to > offset {
			break
		}
		origin = m.from + offset - m.to
	}
	return origin
}

// source returns the C# text: as typed where the document holds anything that
// XML does not allow, else as XML says.
func (c *code) source(xml bool) text {
	switch {
	case c.plain || !strings.Contains(c.raw, "&"):
		return text{value: c.raw}
	case xml:
		return decode(c.raw)
	default:
		return c.typed
	}
}
