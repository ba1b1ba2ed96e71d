package expr

import (
	"strconv"
	"strings"
)

// signature is a method's row, read.
type signature struct {
	generic bool
	params  []param
	result  Type
	run     func(f *frame, a []value) (value, error)
}

// param is a parameter of a method.
type param struct {
	name     string
	t        Type
	optional bool
	def      value
	rest     bool // params T[]: t is the type of one
}

// Types in a signature that depend on the call.
const (
	typeT Type = Type(kT)         // the type argument
	typeE Type = Type(kT) | 1<<24 // the elements of the receiver
	typeK Type = Type(kT) | 2<<24 // the keys of the receiver
	typeS Type = Type(kT) | 3<<24 // the receiver's own type
	typeQ Type = Type(kT) | 4<<24 // IEnumerable of the receiver's elements
	typeL Type = Type(kT) | 5<<24 // List of the receiver's elements
	typeV Type = Type(kT) | 6<<24 // IEnumerable of the receiver's keys
	typeP Type = Type(kT) | 7<<24 // KeyValuePair of the receiver
	typeA Type = Type(kT) | 8<<24 // array of the receiver's elements
)

// sigSeqE is IEnumerable of the receiver's elements, also of a Dictionary.
const sigSeqE Type = Type(kSeq) | Type(kT)<<8 | 1<<24

// sigType reads a type of a signature.
func sigType(s string) Type {
	if i := strings.Index("TEKSQLVPA", s); i >= 0 && len(s) == 1 {
		return typeT | Type(i)<<24
	}
	if inner, ok := strings.CutSuffix(s, "?"); ok {
		return sigType(inner).orNull()
	}
	if s == "IEnumerable<E>" {
		return sigSeqE
	}
	if inner, ok := strings.CutPrefix(s, "IEnumerable<"); ok {
		return of(kSeq, sigType(strings.TrimSuffix(inner, ">")))
	}
	t, _ := typeByName(s)
	return t
}

// bind replaces what depends on the call.
func (t Type) bind(receiver, arg Type) Type {
	if !t.is(kT) {
		if t == sigSeqE {
			return of(kSeq, receiver.plain().elem())
		}
		if t.is(kSeq) && t.elem().is(kT) {
			return of(kSeq, arg)
		}
		return t
	}
	receiver = receiver.plain()
	switch t {
	case typeT:
		return arg
	case typeE:
		return receiver.elem()
	case typeK:
		return receiver.key()
	case typeS:
		return receiver
	}
	return t.bindCollection(receiver)
}

func (t Type) bindCollection(receiver Type) Type {
	elem := receiver.elem()
	if receiver.is(kDict) {
		elem = Type(kPair)
	}
	switch t {
	case typeQ:
		return of(kSeq, elem)
	case typeL:
		return of(kList, elem)
	case typeV:
		return of(kSeq, receiver.key())
	case typeA:
		return arrayType(elem)
	}
	return pairOf(kPair, receiver.key(), receiver.elem())
}

// arrayType is elem[].
func arrayType(elem Type) Type {
	switch elem.kind() {
	case kString:
		return Type(kStrings)
	case kByte:
		return Type(kBytes)
	case kChar:
		return Type(kChars)
	case kInt:
		return Type(kInts)
	}
	return Type(kObjects) | elem&0xff<<8
}

// readSignature reads a method's row.
func readSignature(m method) signature {
	open, end := strings.IndexByte(m.sig, '('), strings.LastIndexByte(m.sig, ')')
	s := signature{generic: m.sig[open-1] == '>', result: sigType(m.sig[end+2:]), run: m.run}
	if list := m.sig[open+1 : end]; list != "" {
		for _, text := range strings.Split(list, ", ") {
			s.params = append(s.params, readParam(text))
		}
	}
	return s
}

// readParam reads "[params] type name [= literal]". A name may have others
// behind it, after a |.
func readParam(text string) param {
	var p param
	text, p.rest = strings.CutPrefix(text, "params ")
	decl, def, ok := strings.Cut(text, " = ")
	typ, name, _ := strings.Cut(decl, " ")
	p.name, p.t, p.optional = name, sigType(typ), ok
	if p.rest {
		p.t = p.t.elem()
	}
	if ok {
		p.def = readDefault(def, p.t)
	}
	return p
}

// readDefault reads the literal of an optional parameter.
func readDefault(text string, t Type) value {
	switch text {
	case "true", "false":
		return boolean(text == "true")
	case `""`:
		return str("")
	case "null":
		return null()
	}
	n, _ := strconv.Atoi(text)
	return value{k: t.kind(), n: int64(n)}
}
