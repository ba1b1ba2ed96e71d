package drill

import "time"

// Stamp is an instant: milliseconds since 1970 UTC.
type Stamp int64

// maxStamp is the end of the year 9999.
const maxStamp Stamp = 253402300799999

// StampOf rounds down to a millisecond.
func StampOf(t time.Time) Stamp { return Stamp(t.UnixMilli()) }

// Time returns the instant in UTC.
func (s Stamp) Time() time.Time { return time.UnixMilli(int64(s)).UTC() }

// Since returns the time from o to s.
func (s Stamp) Since(o Stamp) time.Duration { return time.Duration(s-o) * time.Millisecond }

func (s Stamp) valid() bool { return s >= 0 && s <= maxStamp }

// String returns RFC 3339 with milliseconds.
func (s Stamp) String() string { return s.Time().Format("2006-01-02T15:04:05.000Z") }
