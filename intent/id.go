package intent

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strings"
)

// nodeIDDigits is the length of a NodeID.
const nodeIDDigits = 32

func (n NodeID) validate() error {
	if _, err := hex.DecodeString(string(n)); err != nil || len(n) != nodeIDDigits || strings.ToLower(string(n)) != string(n) {
		return fmt.Errorf("node id %.40q: want %d hexadecimal digits in lower case", n, nodeIDDigits)
	}
	return nil
}

// ID names a value: ids are totally ordered, by time and then by node. Values
// of one command share an id, under different keys.
type ID struct {
	Time Time
	Node NodeID
}

// Less reports whether id comes before o.
func (id ID) Less(o ID) bool { return id.Compare(o) < 0 }

// Compare returns -1, 0 or 1.
func (id ID) Compare(o ID) int {
	return cmp.Or(cmp.Compare(id.Time, o.Time), cmp.Compare(id.Node, o.Node))
}

// String returns the time in 16 hexadecimal digits, a hyphen, the node.
func (id ID) String() string { return id.Time.String() + "-" + string(id.Node) }

// ParseID reads what String writes.
func ParseID(s string) (ID, error) {
	t, node, _ := strings.Cut(s, "-")
	time, err := ParseTime(t)
	if err == nil {
		err = NodeID(node).validate()
	}
	if err != nil {
		return ID{}, fmt.Errorf("id %.60q: %w", s, err)
	}
	return ID{Time: time, Node: NodeID(node)}, nil
}

// MarshalText returns what String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}
