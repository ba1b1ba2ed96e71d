package expr

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// Token is a JToken: an object, an array, a value or a property. Properties of
// an object keep their order.
type Token struct {
	k      kind     // kJObject, kJArray, kJValue or kJProperty
	items  []*Token // properties of an object, elements of an array, the value of a property
	name   string   // of a property
	val    value    // of a value: null, string, bool, long, double, …
	parent *Token
}

func newValue(v value) *Token { return &Token{k: kJValue, val: v} }

func tokenValue(t *Token) value {
	if t == nil {
		return null()
	}
	return object(t.k, t)
}

// token returns the token of a value; nil of null.
func (v value) token() *Token {
	t, _ := v.o.(*Token)
	return t
}

// tokenOf converts a value as JToken.FromObject and new JValue do.
func tokenOf(v value) *Token {
	switch v.k {
	case kJObject, kJArray, kJValue, kJProperty:
		return v.token()
	case kInt, kByte, kLong:
		return newValue(long(v.n))
	case kNull, kString, kBool, kDouble, kDateTime, kDateTimeOffset, kTimeSpan, kBytes, kGUID:
		return newValue(v)
	case kDict:
		return tokenOfDict(v)
	case kList, kSeq, kObjects, kStrings, kInts, kChars:
		arr := &Token{k: kJArray}
		for i := range count(v) {
			arr.append(tokenOf(item(v, i)))
		}
		return arr
	case kHeaders, kMatched:
		return tokenOfFields(v)
	}
	return newValue(str(textOf(v)))
}

// tokenOfFields is an object of headers, of the query, of a form (lists of
// texts) or of matched parameters (texts), in the order of their names.
func tokenOfFields(v value) *Token {
	obj := &Token{k: kJObject}
	switch fields := v.o.(type) {
	case http.Header:
		addFields(obj, fields, stringsOf)
	case url.Values:
		addFields(obj, fields, stringsOf)
	case map[string]string:
		addFields(obj, fields, str)
	}
	return obj
}

func addFields[T any](obj *Token, fields map[string]T, of func(T) value) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		p := &Token{k: kJProperty, name: name, parent: obj}
		p.items = []*Token{tokenOf(of(fields[name]))}
		p.items[0].parent = p
		obj.items = append(obj.items, p)
	}
}

func tokenOfDict(v value) *Token {
	obj := &Token{k: kJObject}
	d, _ := v.o.(*dict)
	for i, key := range d.keys {
		obj.set(textOf(key), tokenOf(d.vals[i]))
	}
	return obj
}

// own returns t to be put under a new parent: a copy where it has one.
func (t *Token) own(under *Token) *Token {
	for up := under; up != nil; up = up.parent {
		if up == t {
			return t.clone()
		}
	}
	if t.parent != nil {
		return t.clone()
	}
	return t
}

func (t *Token) clone() *Token {
	c := &Token{k: t.k, name: t.name, val: t.val, items: make([]*Token, len(t.items))}
	for i, it := range t.items {
		c.items[i] = it.clone()
		c.items[i].parent = c
	}
	return c
}

// size is how many tokens t consists of.
func (t *Token) size() int {
	n := 1
	for _, it := range t.items {
		n += it.size()
	}
	return n
}

// depth counts the levels above t, t included.
func (t *Token) depth() int {
	n := 0
	for ; t != nil; t = t.parent {
		n++
	}
	return n
}

func (t *Token) append(it *Token) {
	it = it.own(t)
	it.parent = t
	t.items = append(t.items, it)
}

// property finds a property of an object.
func (t *Token) property(name string) *Token {
	for _, p := range t.items {
		if t.k == kJObject && p.name == name {
			return p
		}
	}
	return nil
}

// get returns the value of a property of an object; nil where it has none.
func (t *Token) get(name string) *Token {
	if p := t.property(name); p != nil && len(p.items) > 0 {
		return p.items[0]
	}
	return nil
}

// getFolded finds a property as it is written, else as comparison has it.
func (t *Token) getFolded(name string, comparison int) *Token {
	if v := t.get(name); v != nil {
		return v
	}
	for _, p := range t.items {
		if equalText(str(p.name), str(name), comparison).bool() && len(p.items) > 0 {
			return p.items[0]
		}
	}
	return nil
}

// set sets a property of an object.
func (t *Token) set(name string, v *Token) {
	v = v.own(t)
	p := t.property(name)
	if p == nil {
		p = &Token{k: kJProperty, name: name, parent: t}
		t.items = append(t.items, p)
	}
	v.parent = p
	p.items = []*Token{v}
}

// remove takes t out of its parent.
func (t *Token) remove() {
	up := t.parent
	if up == nil {
		return
	}
	for i, it := range up.items {
		if it == t {
			up.items = append(up.items[:i:i], up.items[i+1:]...)
			break
		}
	}
	t.parent = nil
}

// typeName is Newtonsoft's JTokenType of t.
func (t *Token) typeName() string { return enumNames(kJTokenType)[t.typeNumber()] }

func (t *Token) typeNumber() int {
	switch t.k {
	case kJObject:
		return 1
	case kJArray:
		return 2
	case kJProperty:
		return 4
	}
	for i, k := range []kind{kLong, kDouble, kString, kBool, kNull} {
		if k == t.val.k {
			return 6 + i
		}
	}
	for i, k := range []kind{kDateTime, kDateTimeOffset, kBytes, kGUID, kURI, kTimeSpan} {
		if k == t.val.k {
			return []int{12, 12, 14, 15, 16, 17}[i]
		}
	}
	return 8
}

// as converts t as an explicit cast does.
func (t *Token) as(to Type) (value, error) {
	if t == nil {
		if to.structs() {
			return null(), nullArgument("value")
		}
		return null(), nil
	}
	if t.k == kJProperty && len(t.items) > 0 {
		return t.items[0].as(to)
	}
	if t.k != kJValue {
		return null(), t.inconvertible(to)
	}
	if t.val.k == kNull {
		if to.structs() {
			return null(), t.inconvertible(to)
		}
		return null(), nil
	}
	return convertScalar(t.val, to.plain())
}

func (t *Token) inconvertible(to Type) error {
	name := fullName(to.kind())
	if i := len("System."); len(name) > i {
		name = name[i:]
	}
	return fail(Argument, fmt.Sprintf("Can not convert %s to %s.", t.typeName(), name))
}

// convertScalar converts a value of JSON to a type, as Convert.ChangeType does.
func convertScalar(v value, to Type) (value, error) {
	switch to.kind() {
	case kAny, v.k:
		return v, nil
	case kString:
		return str(textOf(v)), nil
	case kInt, kLong, kByte, kChar:
		return convertInteger(v, to.kind())
	case kDouble:
		return convertDouble(v)
	case kBool:
		return convertBool(v)
	case kGUID:
		return parseGUID(textOf(v))
	case kDateTime, kDateTimeOffset, kTimeSpan:
		return parseTimeKind(textOf(v), to.kind())
	}
	return v, castError()
}

// convertInteger is Convert.ToInt32 and its like.
func convertInteger(v value, k kind) (value, error) {
	n := v.n
	switch v.k {
	case kNull:
		return value{k: k}, nil
	case kString:
		if k == kChar {
			return oneChar(v.s)
		}
		return parseInteger(v.s, k)
	case kDouble:
		d := math.RoundToEven(v.double())
		if math.IsNaN(d) || d > 9.2e18 || d < -9.2e18 {
			return v, overflowOf(k)
		}
		n = int64(d)
	case kBool, kInt, kLong, kByte, kChar:
	default:
		return v, castError()
	}
	if !inRange(n, k) {
		return v, overflowOf(k)
	}
	return value{k: k, n: n}, nil
}

func inRange(n int64, k kind) bool {
	switch k {
	case kInt:
		return n >= math.MinInt32 && n <= math.MaxInt32
	case kByte:
		return n >= 0 && n <= 255
	case kChar:
		return n >= 0 && n <= math.MaxUint16
	}
	return true
}

func overflowOf(k kind) error {
	name := map[kind]string{kInt: "an Int32", kLong: "an Int64", kByte: "an unsigned byte", kChar: "a character"}[k]
	return fail(Overflow, "Value was either too large or too small for "+name+".")
}

func convertDouble(v value) (value, error) {
	switch v.k {
	case kNull:
		return double(0), nil
	case kString:
		return parseDouble(v.s)
	case kDouble, kInt, kLong, kByte, kBool:
		return double(v.double()), nil
	}
	return v, castError()
}

func convertBool(v value) (value, error) {
	switch v.k {
	case kNull:
		return boolean(false), nil
	case kString:
		return parseBool(v.s)
	case kDouble:
		return boolean(v.double() != 0), nil
	case kInt, kLong, kByte, kBool:
		return boolean(v.n != 0), nil
	}
	return v, castError()
}

func oneChar(s string) (value, error) {
	if u := utf16Of(s); len(u) == 1 {
		return char(u[0]), nil
	}
	return null(), fail(Format, "String must be exactly one character long.")
}

func tokenByName(_ *frame, x, i value) (value, error) {
	t := x.token()
	switch t.k {
	case kJObject:
		return tokenValue(t.get(i.s)), nil
	case kJArray:
		return null(), fail(Argument, "Accessed JArray values with invalid key value: "+strconv.Quote(i.s)+". Int32 array index expected.")
	}
	return null(), fail(Invalid, "Cannot access child value on "+fullName(t.k)+".")
}

func tokenByIndex(_ *frame, x, i value) (value, error) {
	t := x.token()
	switch {
	case t.k == kJObject:
		return null(), fail(Argument, fmt.Sprintf("Accessed JObject values with invalid key value: %d. Object property name expected.", i.n))
	case t.k != kJArray:
		return null(), fail(Invalid, "Cannot access child value on "+fullName(t.k)+".")
	case i.n < 0 || i.n >= int64(len(t.items)):
		return null(), rangeError("Index was out of range. Must be non-negative and less than the size of the collection.", "index")
	}
	return tokenValue(t.items[i.n]), nil
}

func tokenByAny(f *frame, x, i value) (value, error) {
	switch i.k {
	case kString:
		return tokenByName(f, x, i)
	case kInt:
		return tokenByIndex(f, x, i)
	}
	return null(), fail(Argument, "Accessed JToken values with invalid key value.")
}

// tokenItems are the children of a token.
func tokenItems(t *Token) []value {
	out := make([]value, len(t.items))
	for i, it := range t.items {
		out[i] = tokenValue(it)
	}
	return out
}
