package azure

import (
	"bytes"
	"encoding/json"
)

// table is a JSON object whose members keep their order.
type table []member

type member struct {
	key   string
	value any
}

// set appends a member unless its value is nil.
func (t *table) set(key string, value any) {
	if value != nil {
		*t = append(*t, member{key, value})
	}
}

// get returns the value of a member; nil where there is none.
func (t table) get(key string) any {
	for _, m := range t {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// text returns the value of a member that is a single value.
func (t table) text(key string) string { return textOf(t.get(key)) }

// without returns the table without a member.
func (t table) without(key string) table {
	out := make(table, 0, len(t))
	for _, m := range t {
		if m.key != key {
			out = append(out, m)
		}
	}
	return out
}

// MarshalJSON implements json.Marshaler.
func (t table) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range t {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
