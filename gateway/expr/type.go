package expr

// Type is a static type of the language. The zero Type is Any: C#'s object,
// whose members are known only after a cast.
type Type uint16

// The types that Options and Program.Type speak of; the others follow in
// the table of types.
const (
	Any Type = iota
	Null
	Bool
	Int
	Long
	Double
	String
)
