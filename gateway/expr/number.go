package expr

import (
	"encoding/base64"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
)

func objectMethods() []method {
	return []method{
		{"ToString() string", func(f *frame, a []value) (value, error) {
			if t := a[0].token(); t != nil && t.k != kJValue {
				return f.json(t, true)
			}
			return f.made(textOf(a[0]))
		}},
		{"Equals(object value) bool", func(_ *frame, a []value) (value, error) { return boolean(sameStruct(a[0], a[1])), nil }},
		{"GetHashCode() int", func(_ *frame, a []value) (value, error) { return integer(hashOf(textOf(a[0]))), nil }},
	}
}

func objectStatics() []method {
	equal := func(_ *frame, a []value) (value, error) { return boolean(sameStruct(a[0], a[1])), nil }
	return []method{
		{"Equals(object objA, object objB) bool", equal},
		{"ReferenceEquals(object objA, object objB) bool", equal},
	}
}

// hashOf is a hash of a text; .NET does not say which.
func hashOf(s string) int32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return int32(h)
}

func numberMethods() []method {
	return []method{
		{"ToString(string format) string", formatMethod},
		{"ToString(string format, IFormatProvider provider) string", formatMethod},
		{"ToString(IFormatProvider provider) string", func(_ *frame, a []value) (value, error) { return str(textOf(a[0])), nil }},
		{"CompareTo(double value) int", func(_ *frame, a []value) (value, error) {
			return integer(int32(ordering(Double, Double)(a[0], a[1]))), nil
		}},
		{"Equals(double value) bool", func(_ *frame, a []value) (value, error) { return boolean(a[0].double() == a[1].double()), nil }},
	}
}

func boolMethods() []method {
	return []method{
		{"Equals(bool value) bool", func(_ *frame, a []value) (value, error) { return boolean(a[0].n == a[1].n), nil }},
	}
}

func charMethods() []method {
	return []method{
		{"Equals(char value) bool", func(_ *frame, a []value) (value, error) { return boolean(a[0].n == a[1].n), nil }},
	}
}

func charStatics() []method {
	is := func(name string, test func(rune) bool) method {
		return method{name + "(char c) bool", func(_ *frame, a []value) (value, error) { return boolean(test(rune(a[0].n))), nil }}
	}
	return []method{
		is("IsDigit", unicode.IsDigit),
		is("IsLetter", unicode.IsLetter),
		is("IsLetterOrDigit", func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }),
		is("IsWhiteSpace", unicode.IsSpace),
		is("IsUpper", unicode.IsUpper),
		is("IsLower", unicode.IsLower),
		{"ToUpper(char c) char", func(_ *frame, a []value) (value, error) { return char(uint16(unicode.ToUpper(rune(a[0].n)))), nil }},
		{"ToLower(char c) char", func(_ *frame, a []value) (value, error) { return char(uint16(unicode.ToLower(rune(a[0].n)))), nil }},
	}
}

func numberConstant(sig string, v value) property {
	return property{sig, func(*frame, value) (value, error) { return v, nil }}
}

func intConstants() []property {
	return []property{numberConstant("MaxValue int", integer(math.MaxInt32)), numberConstant("MinValue int", integer(math.MinInt32))}
}

func longConstants() []property {
	return []property{numberConstant("MaxValue long", long(math.MaxInt64)), numberConstant("MinValue long", long(math.MinInt64))}
}

func doubleConstants() []property {
	return []property{
		numberConstant("MaxValue double", double(math.MaxFloat64)), numberConstant("MinValue double", double(-math.MaxFloat64)),
		numberConstant("NaN double", double(math.NaN())), numberConstant("PositiveInfinity double", double(math.Inf(1))),
		numberConstant("NegativeInfinity double", double(math.Inf(-1))), numberConstant("Epsilon double", double(math.SmallestNonzeroFloat64)),
	}
}

// parseRows are the Parse methods of a type of numbers.
func parseRows(t string, parse func(string) (value, error)) []method {
	run := func(_ *frame, a []value) (value, error) {
		if a[0].k == kNull {
			return null(), nullArgument("String")
		}
		return parse(a[0].s)
	}
	return []method{
		{"Parse(string s) " + t, run},
		{"Parse(string s, IFormatProvider provider) " + t, run},
		{"Parse(string s, NumberStyles style) " + t, run},
		{"Parse(string s, NumberStyles style, IFormatProvider provider) " + t, run},
	}
}

func intStatics() []method {
	return parseRows("int", func(s string) (value, error) { return parseInteger(s, kInt) })
}

func longStatics() []method {
	return parseRows("long", func(s string) (value, error) { return parseInteger(s, kLong) })
}

func doubleStatics() []method {
	return append(parseRows("double", parseDouble),
		method{"IsNaN(double d) bool", func(_ *frame, a []value) (value, error) { return boolean(math.IsNaN(a[0].double())), nil }})
}

func boolStatics() []method { return parseRows("bool", parseBool)[:1] }

func guidConstants() []property {
	return []property{{"Empty Guid", func(*frame, value) (value, error) { return object(kGUID, Guid{}), nil }}}
}

func guidMethods() []method {
	return []method{{"ToString(string format) string", formatMethod}, {"ToByteArray() byte[]", guidBytes}}
}

// guidBytes has the first three fields in little-endian order.
func guidBytes(_ *frame, a []value) (value, error) {
	g, _ := a[0].o.(Guid)
	return bytesOf([]byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]}), nil
}

func guidStatics() []method {
	return []method{
		{"NewGuid() Guid", newGUID},
		{"Parse(string input) Guid", func(_ *frame, a []value) (value, error) { return parseGUID(a[0].s) }},
	}
}

func guidConstructors() []method {
	return []method{
		{"new(string g) Guid", func(_ *frame, a []value) (value, error) { return parseGUID(a[0].s) }},
		{"new() Guid", func(*frame, []value) (value, error) { return object(kGUID, Guid{}), nil }},
	}
}

// newGUID draws a version 4 Guid (RFC 9562 section 5.4).
func newGUID(f *frame, _ []value) (value, error) {
	var g Guid
	a, b := f.Uint64(), f.Uint64()
	for i := range 8 {
		g[i], g[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return object(kGUID, g), nil
}

func randomConstructors() []method {
	return []method{
		{"new() Random", func(f *frame, _ []value) (value, error) { return object(kRandom, rand.New(f)), nil }},
		{"new(int seed) Random", func(_ *frame, a []value) (value, error) {
			return object(kRandom, rand.New(rand.NewPCG(uint64(a[0].n), 0))), nil
		}},
	}
}

func randomMethods() []method {
	return []method{
		{"Next() int", func(_ *frame, a []value) (value, error) { return between(a[0], 0, math.MaxInt32) }},
		{"Next(int maxValue) int", func(_ *frame, a []value) (value, error) { return between(a[0], 0, a[1].n) }},
		{"Next(int minValue, int maxValue) int", func(_ *frame, a []value) (value, error) { return between(a[0], a[1].n, a[2].n) }},
		{"NextDouble() double", func(_ *frame, a []value) (value, error) { return double(a[0].o.(*rand.Rand).Float64()), nil }},
	}
}

// between draws from [low, high).
func between(r value, low, high int64) (value, error) {
	if high < low {
		return null(), rangeError("'minValue' cannot be greater than maxValue.", "minValue")
	}
	if high == low {
		return integer(int32(low)), nil
	}
	return integer(int32(low + r.o.(*rand.Rand).Int64N(high-low))), nil
}

func convertStatics() []method {
	to := func(name, t string, convert func(v value) (value, error)) method {
		return method{name + "(object value) " + t, func(_ *frame, a []value) (value, error) { return convert(plainValue(a[0])) }}
	}
	whole := func(k kind) func(v value) (value, error) {
		return func(v value) (value, error) { return convertInteger(v, k) }
	}
	return []method{
		to("ToInt32", "int", whole(kInt)),
		to("ToUInt32", "long", whole(kLong)),
		to("ToInt16", "int", whole(kInt)),
		to("ToInt64", "long", whole(kLong)),
		to("ToByte", "byte", whole(kByte)),
		to("ToChar", "char", whole(kChar)),
		to("ToDouble", "double", convertDouble),
		to("ToSingle", "double", convertDouble),
		to("ToDecimal", "double", convertDouble),
		to("ToBoolean", "bool", convertBool),
		to("ToDateTime", "DateTime", func(v value) (value, error) { return convertScalar(v, Type(kDateTime)) }),
		to("ToString", "string", func(v value) (value, error) { return str(textOf(v)), nil }),
		{"ToString(object value, IFormatProvider provider) string", func(_ *frame, a []value) (value, error) { return str(textOf(a[0])), nil }},
		{"ToInt32(string value, int radix) int", func(_ *frame, a []value) (value, error) { return parseRadix(a[0].s, a[1].n, kInt) }},
		{"ToInt64(string value, int radix) long", func(_ *frame, a []value) (value, error) { return parseRadix(a[0].s, a[1].n, kLong) }},
		{"ToByte(string value, int radix) byte", func(_ *frame, a []value) (value, error) { return parseRadix(a[0].s, a[1].n, kByte) }},
		{"ToString(int value, int radix) string", func(_ *frame, a []value) (value, error) { return radixText(int64(uint32(a[0].n)), a[1].n) }},
		{"ToBase64String(byte[] inArray, Base64FormattingOptions options = 0) string", func(f *frame, a []value) (value, error) {
			if a[0].k == kNull {
				return null(), nullArgument("inArray")
			}
			return f.made(base64.StdEncoding.EncodeToString(a[0].bytes()))
		}},
		{"FromBase64String(string s) byte[]", fromBase64},
	}
}

// plainValue is the value of a JValue.
func plainValue(v value) value {
	if v.k == kJValue {
		return v.token().val
	}
	return v
}

func fromBase64(f *frame, a []value) (value, error) {
	if a[0].k == kNull {
		return null(), nullArgument("s")
	}
	if err := f.take(len(a[0].s)); err != nil {
		return null(), err
	}
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, a[0].s)
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return null(), fail(Format, "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an illegal character among the padding characters.")
	}
	return bytesOf(b), nil
}

func parseRadix(s string, radix int64, k kind) (value, error) {
	switch radix {
	case 10:
		return parseInteger(s, k)
	case 16:
		s = strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")
	case 2, 8:
	default:
		return null(), fail(Argument, "Invalid Base.")
	}
	n, err := strconv.ParseUint(s, int(radix), 64)
	if err != nil {
		return null(), fail(Format, "Could not find any recognizable digits.")
	}
	most := map[kind]uint64{kInt: math.MaxUint32, kLong: math.MaxUint64, kByte: math.MaxUint8}[k]
	if n > most {
		return null(), overflowOf(k)
	}
	return wrapped(k, int64(n)), nil
}

func radixText(n, radix int64) (value, error) {
	if radix != 2 && radix != 8 && radix != 16 {
		return str(strconv.FormatInt(int64(int32(n)), 10)), nil
	}
	return str(strconv.FormatInt(n, int(radix))), nil
}
