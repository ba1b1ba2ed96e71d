package limit

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
)

// maxKey is the longest key that is held as it is; of longer ones the digest is.
const maxKey = 128

// name is what a counter is known by.
type name struct {
	key    string
	period time.Duration
}

// named returns the name of a counter.
func named(key string, period time.Duration) name {
	if len(key) > maxKey {
		sum := sha256.Sum256([]byte(key))
		key = string(sum[:])
	}
	return name{key, min(max(period, time.Millisecond), maxPeriod)}
}

// held returns the name without what its key was cut from.
func (n name) held() name { return name{strings.Clone(n.key), n.period} }

// hash is what a counter is called between nodes: the same everywhere, and not
// to be met by choosing keys.
func (n name) hash() uint64 {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+maxKey), uint64(n.period))
	sum := sha256.Sum256(append(b, n.key...))
	return binary.BigEndian.Uint64(sum[:])
}
