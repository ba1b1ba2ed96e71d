package expr

import (
	"math"
	"reflect"
	"unicode/utf8"
)

// value is a value inside of an evaluation. It is passed in registers.
//
//	n  bool, int, long, char, byte, enumerations, ticks of the time types
//	   (100 ns; DateTime with its kind in the two highest bits), bits of a double
//	s  string
//	o  everything else
type value struct {
	k kind
	n int64
	s string
	o any
}

func null() value                { return value{k: kNull} }
func str(s string) value         { return value{k: kString, s: s} }
func integer(n int32) value      { return value{k: kInt, n: int64(n)} }
func long(n int64) value         { return value{k: kLong, n: n} }
func double(f float64) value     { return value{k: kDouble, n: int64(math.Float64bits(f))} }
func char(c uint16) value        { return value{k: kChar, n: int64(c)} }
func object(k kind, o any) value { return value{k: k, o: o} }
func enum(k kind, n int) value   { return value{k: k, n: int64(n)} }
func bytesOf(b []byte) value     { return value{k: kBytes, o: b} }
func stringsOf(s []string) value { return value{k: kStrings, o: s} }
func spanOf(ticks int64) value   { return value{k: kTimeSpan, n: ticks} }
func typeOf(t Type) value        { return value{k: kType, n: int64(t)} }
func (v value) bool() bool       { return v.n != 0 }
func (v value) int() int         { return int(v.n) }
func (v value) typ() Type        { return Type(v.n) }
func (v value) same(w value) bool {
	return v.k == w.k && v.n == w.n && v.s == w.s && sameObject(v.o, w.o)
}

func boolean(b bool) value {
	if b {
		return value{k: kBool, n: 1}
	}
	return value{k: kBool}
}

// double returns a number as a double, whatever its kind.
func (v value) double() float64 {
	if v.k == kDouble {
		return math.Float64frombits(uint64(v.n))
	}
	return float64(v.n)
}

// bytes returns the bytes of a byte[]; nil of null.
func (v value) bytes() []byte {
	b, _ := v.o.([]byte)
	return b
}

// sameObject is C#'s reference equality. What Go's == would panic on is the
// same only where it shares its memory.
func sameObject(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if x.Type() != y.Type() {
		return false
	}
	if x.Comparable() {
		return a == b
	}
	return (x.Kind() == reflect.Slice || x.Kind() == reflect.Map) && x.Pointer() == y.Pointer() && x.Len() == y.Len()
}

// ascii reports whether bytes and characters of s are the same.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
