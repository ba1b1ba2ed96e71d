package expr

// tokenKind is the class of a token.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokName
	tokInt
	tokReal
	tokString
	tokChar
	tokInterp // an interpolated string; parts hold it
	tokPunct
)

// token is a lexical element. pos is its byte offset in the source.
type token struct {
	kind  tokenKind
	text  string // name, operator, digits without underscores and suffix, or the string's value
	long  bool   // the integer has the suffix L, or is too large for int
	n     int64
	pos   int
	space bool // white space or a comment stands before it
	parts []part
}

// part is a piece of an interpolated string: text, or a hole {source,align:format}.
type part struct {
	text   string
	source string // of the hole's expression; empty: the part is text
	pos    int    // of source
	align  int
	format string
}

// what describes the token for a message.
func (t token) what() string {
	switch t.kind {
	case tokEOF:
		return "the end of the expression"
	case tokString:
		return "a string"
	case tokInterp:
		return "an interpolated string"
	case tokChar:
		return "a character"
	}
	return `"` + t.text + `"`
}

// operators are the tokens of punctuation, longest first.
func operators() []string {
	return []string{
		"<<=", "??=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "?[", "++", "--", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=",
		"<<", "+", "-", "*", "/", "%", "!", "<", ">", "=", "&", "|", "^", "~", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}", ";",
	}
}
