package expr

import (
	"math"
	"time"
)

// Value is a value outside of an evaluation: nil (null), bool, int32 (int),
// int64 (long), float64 (double), Char, byte, string, time.Time (DateTime),
// time.Duration (TimeSpan), Guid, *Request, *Response, []string, []byte, and
// Object for everything that only expressions can look into (JSON, lists).
type Value any

// Char is C#'s char: a UTF-16 code unit.
type Char uint16

// Guid is C#'s Guid, in the order of its text.
type Guid [16]byte

// Object is a value that only expressions can look into.
type Object struct{ v value }

// String returns what C#'s ToString returns.
func (o Object) String() string { return textOf(o.v) }

// ToText returns what C#'s ToString returns in the invariant culture; null is
// "", and a value no expression can have made is "" too.
func ToText(v Value) string {
	if s, ok := v.(string); ok {
		return s
	}
	return textOf(internal(v))
}

// internal converts a Value for an evaluation.
func internal(v Value) value {
	switch v := v.(type) {
	case nil:
		return null()
	case string:
		return str(v)
	case bool:
		return boolean(v)
	case int32:
		return integer(v)
	case Object:
		return v.v
	case *Response:
		return objectOrNull(kResponse, v, v == nil)
	case *Request:
		return objectOrNull(kRequest, v, v == nil)
	}
	return internalScalar(v)
}

func internalScalar(v Value) value {
	switch v := v.(type) {
	case int64:
		return long(v)
	case int:
		return long(int64(v))
	case float64:
		return double(v)
	case Char:
		return char(uint16(v))
	case byte:
		return value{k: kByte, n: int64(v)}
	case time.Time:
		return value{k: kDateTime, n: ticksOf(v)}
	case time.Duration:
		return spanOf(int64(v / 100))
	}
	return internalArray(v)
}

func internalArray(v Value) value {
	switch v := v.(type) {
	case []byte:
		return bytesOf(v)
	case []string:
		return stringsOf(v)
	case Guid:
		return object(kGUID, v)
	}
	return null()
}

func objectOrNull(k kind, o any, isNull bool) value {
	if isNull {
		return null()
	}
	return object(k, o)
}

// external converts a value of an evaluation.
func external(v value) Value {
	switch v.k {
	case kNull:
		return nil
	case kString:
		return v.s
	case kBool:
		return v.n != 0
	case kInt:
		return int32(v.n)
	case kLong:
		return v.n
	case kDouble:
		return math.Float64frombits(uint64(v.n))
	case kRequest, kResponse, kBytes, kStrings, kGUID:
		return v.o
	}
	return externalTime(v)
}

func externalTime(v value) Value {
	switch v.k {
	case kChar:
		return Char(v.n)
	case kByte:
		return byte(v.n)
	case kDateTime:
		return timeOf(v.n)
	case kTimeSpan:
		if v.n > math.MaxInt64/100 || v.n < math.MinInt64/100 {
			return Object{v}
		}
		return time.Duration(v.n * 100)
	}
	return Object{v}
}
