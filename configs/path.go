package configs

import (
	"strconv"
	"strings"
)

// path leads from the root of a document to a value. The nil path is the root.
type path struct {
	up    *path
	name  string // of a key; empty for an entry of a list
	index int
}

func (p *path) key(name string) *path { return &path{up: p, name: name} }

func (p *path) item(i int) *path { return &path{up: p, index: i} }

// String returns the path as profiles[1].endpoints[0].weight.
func (p *path) String() string {
	var b strings.Builder
	p.write(&b)
	return b.String()
}

func (p *path) write(b *strings.Builder) {
	if p == nil {
		return
	}
	p.up.write(b)
	if p.name == "" {
		b.WriteString("[" + strconv.Itoa(p.index) + "]")
		return
	}
	if b.Len() > 0 {
		b.WriteByte('.')
	}
	b.WriteString(p.name)
}
