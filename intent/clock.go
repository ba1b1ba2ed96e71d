package intent

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Time is a reading of a hybrid logical clock: milliseconds since 1970 in the
// upper 48 bits, a counter in the lower 16. Readings of one node only grow.
type Time uint64

// counterBits are the bits of a Time below its milliseconds.
const counterBits = 16

// TimeOf returns the first reading of a wall clock's millisecond. Before 1970
// it is the first of all, after the year 10889 that of the last millisecond.
func TimeOf(wall time.Time) Time {
	ms := min(max(wall.UnixMilli(), 0), 1<<(64-counterBits)-1)
	return Time(ms) << counterBits
}

// Wall returns the wall clock's time, to the millisecond.
func (t Time) Wall() time.Time { return time.UnixMilli(int64(t >> counterBits)) }

// String returns 16 hexadecimal digits, which sort as the times do.
func (t Time) String() string { return fmt.Sprintf("%016x", uint64(t)) }

// ParseTime reads what String writes.
func ParseTime(s string) (Time, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != 8 {
		return 0, fmt.Errorf("time %.40q: want 16 hexadecimal digits", s)
	}
	n, err := strconv.ParseUint(s, 16, 64)
	return Time(n), err
}

// MarshalText returns what String does.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (t *Time) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTime(string(text))
	return err
}

// MaxAhead is how far another's clock may be ahead of ours and still advance
// it.
const MaxAhead = 60 * time.Second

// Clock is a node's hybrid logical clock. The zero Clock has read nothing. It
// is not safe for concurrent use.
type Clock struct{ last Time }

// Next returns a reading later than all before, and not before wall.
func (c *Clock) Next(wall time.Time) Time {
	c.last = max(c.last+1, TimeOf(wall))
	return c.last
}

// Saw takes note of another node's reading, so that what is written next comes
// after it. One more than MaxAhead ahead of wall is told and does not count:
// one wrong clock does not carry away all.
func (c *Clock) Saw(t Time, wall time.Time) (ahead bool) {
	if t > TimeOf(wall.Add(MaxAhead)) {
		return true
	}
	c.last = max(c.last, t)
	return false
}

// Had takes note of a reading of this node's own, from before a restart. It
// always counts: a node never says less than it said.
func (c *Clock) Had(t Time) { c.last = max(c.last, t) }

// Met takes note of a value, at merging it and of each that the disk held: of
// our own readings that it names as Had does, of its author's as Saw does.
func (c *Clock) Met(v Value, self NodeID, wall time.Time) (ahead bool) {
	c.Had(v.known(self))
	return v.ID.Node != self && c.Saw(v.ID.Time, wall)
}
