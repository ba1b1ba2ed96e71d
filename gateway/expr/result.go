package expr

// Value is a value outside of an evaluation: nil (null), bool, int32 (int),
// int64 (long), float64 (double), Char, byte, string, time.Time (DateTime),
// time.Duration (TimeSpan), Guid, *Request, *Response, []string, []byte,
// []Value (other arrays), and values of this package that only expressions
// can look into, such as *Token (JSON).
type Value any

// Char is C#'s char: a UTF-16 code unit.
type Char uint16

// Guid is C#'s Guid, in the order of its text.
type Guid [16]byte

// ToText returns what C#'s ToString returns in the invariant culture; null is "".
func ToText(v Value) string { return "" }
