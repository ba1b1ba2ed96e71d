package expr

// implicit converts x to t where C# does so without a cast.
func (c *compiler) implicit(x typed, t Type) (typed, bool) {
	from, to := x.t.plain(), t.plain()
	switch {
	case x.bad() || x.t.is(kVoid) || x.t&nullable != 0 && t.structs():
		return x, false
	case x.t == t || t == Any:
		return retyped(x, t), true
	case x.t.is(kNull):
		return retyped(x, t), !t.structs()
	}
	return c.implicitValue(x, t, from, to)
}

func (c *compiler) implicitValue(x typed, t, from, to Type) (typed, bool) {
	switch {
	case from.kind() == to.kind():
		return retyped(x, t), !from.generic() || from == to || to.is(kSeq)
	case widens(from, to):
		return typed{t: t, run: widened(x.run, to)}, true
	case to.is(kJToken) && (jsonable(from) || from.is(kBytes)):
		return typed{t: t, run: tokened(x.run)}, true
	}
	return c.implicitObject(x, t)
}

func (c *compiler) implicitObject(x typed, t Type) (typed, bool) {
	switch {
	case t.is(kSeq):
		return retyped(x, t), yields(x.t, t.elem())
	case t.is(kObjects) && x.t.references():
		return retyped(x, t), true
	case x.smallInt() && t.is(kByte):
		return constant(t, value{k: kByte, n: x.v.n}), true
	case x.t.is(kDateTime) && t.is(kDateTimeOffset):
		return typed{t: t, run: rekinded(x.run, kDateTimeOffset)}, true
	}
	return retyped(x, t), x.t.kind() != kAny && x.t.derives(t)
}

// references reports whether t is an array of references.
func (t Type) references() bool { return t.is(kStrings) || t.is(kGroups) || t.is(kObjects) }

// smallInt reports whether x is a constant that is a byte too.
func (x typed) smallInt() bool { return x.konst && x.t == Int && x.v.n == x.v.n&0xff }

// yields reports whether foreach through t gives values of type elem.
func yields(t, elem Type) bool {
	e := elementOf(t)
	return !e.is(kBad) && (e == elem || elem == Any || e.derives(elem))
}

// generic reports whether the type has arguments.
func (t Type) generic() bool {
	return t.is(kList) || t.is(kDict) || t.is(kSeq) || t.is(kPair)
}

func retyped(x typed, t Type) typed {
	x.t = t
	return x
}

// widens reports whether numbers of from become numbers of to.
func widens(from, to Type) bool {
	switch to.kind() {
	case kInt:
		return from.is(kByte) || from.is(kChar)
	case kLong:
		return from.is(kByte) || from.is(kChar) || from.is(kInt)
	case kDouble:
		return from.numeric()
	}
	return false
}

func widened(run code, to Type) code {
	k := to.kind()
	return func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil || v.k == kNull {
			return v, err
		}
		if k == kDouble {
			return double(v.double()), nil
		}
		return value{k: k, n: v.n}, nil
	}
}

func rekinded(run code, k kind) code {
	return func(f *frame) (value, error) {
		v, err := run(f)
		if v.k != kNull {
			v.k = k
		}
		return v, err
	}
}

// jsonable reports whether Newtonsoft.Json converts t to a JToken by itself.
func jsonable(t Type) bool {
	switch t.kind() {
	case kBool, kInt, kLong, kDouble, kString, kByte, kChar, kDateTime, kDateTimeOffset, kGUID, kTimeSpan, kURI:
		return true
	}
	return false
}

func tokened(run code) code {
	return func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		return tokenValue(tokenOf(v)), nil
	}
}

// unbox casts a value whose type is known only now, as a cast of object does:
// nothing is converted.
func unbox(v value, t Type) (value, error) {
	switch {
	case t == Any:
		return v, nil
	case v.k == kNull:
		if t.structs() {
			return v, nullError()
		}
		return v, nil
	case v.fits(t):
		return v, nil
	case t.structs() || t == String && Type(v.k).structs():
		return v, castError()
	case t == String && v.k <= kGUID:
		return v, castError()
	}
	return v, fail(Cast, "Unable to cast object of type '"+fullName(v.k)+"' to type '"+fullName(t.kind())+"'.")
}

// fits reports whether v is of type t.
func (v value) fits(t Type) bool {
	t = t.plain()
	switch {
	case v.k == kNull:
		return false
	case t == Any || v.k == t.kind():
		return true
	case t.is(kSeq):
		return Type(v.k).elem() != Type(kBad) || v.k == kDict
	}
	return Type(v.k).derives(t)
}

// zero is default(T).
func zero(t Type) value {
	if !t.structs() {
		return null()
	}
	if t.is(kGUID) {
		return object(kGUID, Guid{})
	}
	return value{k: t.kind()}
}
