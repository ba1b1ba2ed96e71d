package expr

import "strings"

// Type is a static type of the language: a kind, the kinds of its elements and
// keys where it is generic, and whether it is a Nullable. The zero Type is Any:
// C#'s object, whose members are known only after a cast.
type Type uint32

// kind is what a value is at run time, and the lowest byte of a Type.
type kind uint8

// The types that Options and Program.Type speak of; the others are in kinds.
const (
	Any Type = iota
	Null
	Bool
	Int
	Long
	Double
	String
)

const (
	kAny kind = iota
	kNull
	kBool
	kInt
	kLong
	kDouble
	kString
	kByte
	kChar
	kDateTime
	kDateTimeOffset
	kTimeSpan
	kGUID
	kEnum
	kBytes
	kStrings
	kChars
	kInts
	kObjects
	kList
	kDict
	kSeq
	kPair
	kGroups
	kContext
	kRequest
	kResponse
	kBody
	kHeaders
	kMatched
	kVariables
	kURL
	kURI
	kAPI
	kOperation
	kDeployment
	kGateway
	kBackend
	kLastError
	kProduct
	kSubscription
	kUser
	kGroup
	kRandom
	kEncoding
	kJToken
	kJObject
	kJArray
	kJValue
	kJProperty
	kType
	kVoid
	kLambda
	kConvert
	kMath
	kWebUtility
	kJSONConvert
	kRegex
	kMatch
	kMatches
	kStringComparison
	kSplitOptions
	kDateTimeKind
	kMidpoint
	kJSONFormatting
	kBase64Options
	kRegexOptions
	kJTokenType
	kCulture
	kDateTimeStyles
	kNumberStyles
	kBasic
	kJWT
	kCertificate
	kException
	kArray
	kBad
	kT // the type argument of a generic member
	kinds
)

const nullable Type = 1 << 31

func (t Type) kind() kind { return kind(t & 0xff) }

// plain returns t without Nullable.
func (t Type) plain() Type { return t &^ nullable }

// elem returns the type of the elements of a collection, or kBad.
func (t Type) elem() Type {
	if k := t >> 8 & 0xff; k == Type(kPair) {
		return pairOf(kPair, t>>16&0xff, t>>24&0x7f)
	} else if k != 0 {
		return k
	}
	switch t.kind() {
	case kMatches:
		return Type(kMatch)
	case kList, kSeq, kObjects, kDict, kPair:
		return Any
	case kBytes:
		return Type(kByte)
	case kStrings, kMatched:
		return String
	case kString, kChars:
		return Type(kChar)
	case kInts:
		return Int
	}
	return elemOfContext(t.kind())
}

func elemOfContext(k kind) Type {
	switch k {
	case kHeaders:
		return Type(kStrings)
	case kVariables:
		return Any
	case kGroups:
		return Type(kGroup)
	case kJToken, kJObject, kJArray:
		return Type(kJToken)
	}
	return Type(kBad)
}

func (t Type) key() Type {
	if k := t >> 16 & 0xff; k != 0 {
		return k
	}
	return String
}

// of returns the generic kind k of elements e.
func of(k kind, e Type) Type {
	if e.is(kPair) { // its own key and element come behind it
		return Type(k) | Type(kPair)<<8 | e.key()&0xff<<16 | e.elem()&0x7f<<24
	}
	return Type(k) | e&0xff<<8
}

// pairOf returns the generic kind k of keys and elements.
func pairOf(k kind, key, e Type) Type { return Type(k) | e&0xff<<8 | key&0xff<<16 }

func (t Type) is(k kind) bool { return t.kind() == k }

// structs reports whether t is a value type: one that cannot be null.
func (t Type) structs() bool {
	switch t.kind() {
	case kBool, kInt, kLong, kDouble, kByte, kChar, kDateTime, kDateTimeOffset, kTimeSpan, kGUID, kEnum:
		return t&nullable == 0
	}
	return t.kind() >= kStringComparison && t.kind() <= kNumberStyles && !t.is(kCulture) && t&nullable == 0
}

func (t Type) numeric() bool {
	switch t.kind() {
	case kInt, kLong, kDouble, kByte, kChar:
		return true
	}
	return false
}

func (t Type) json() bool { return t.kind() >= kJToken && t.kind() <= kJProperty }

// orNull returns the type of an expression that yields t or null.
func (t Type) orNull() Type {
	if t.structs() {
		return t | nullable
	}
	return t
}

// String returns the name C# has for t.
func (t Type) String() string {
	if t&nullable != 0 {
		return t.plain().String() + "?"
	}
	name := "?"
	for _, row := range typeRows() {
		if row.kind == t.kind() {
			name, _, _ = strings.Cut(row.names, " ")
			break
		}
	}
	switch t.kind() {
	case kList, kSeq:
		return name + "<" + t.elem().String() + ">"
	case kDict, kPair:
		return name + "<" + t.key().String() + ", " + t.elem().String() + ">"
	}
	return name
}
