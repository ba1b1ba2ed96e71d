package secret

import (
	"bytes"
	"cmp"
	"encoding/json"
)

// edition orders the versions of a name.
type edition struct {
	version uint64
	author  string
}

func (e edition) compare(o edition) int {
	return cmp.Or(cmp.Compare(e.version, o.version), cmp.Compare(e.author, o.author))
}

// displaces reports whether the first of two values is the later edition. An
// author who gives two values the same version is held to the one whose JSON is
// greater, on every node.
func displaces[V any](a, b edition, first, second V) bool {
	if order := a.compare(b); order != 0 {
		return order > 0
	}
	x, xErr := json.Marshal(first)
	y, yErr := json.Marshal(second)
	return xErr == nil && yErr == nil && bytes.Compare(x, y) > 0
}
