package expr

// Kind is the class of a failed evaluation, by the exception .NET would throw.
type Kind string

// The kinds of Error.
const (
	Cast          Kind = "InvalidCastException"
	NullReference Kind = "NullReferenceException"
	Format        Kind = "FormatException"
	Overflow      Kind = "OverflowException"
	DivideByZero  Kind = "DivideByZeroException"
	Argument      Kind = "ArgumentException"
	ArgumentNull  Kind = "ArgumentNullException"
	OutOfRange    Kind = "ArgumentOutOfRangeException"
	IndexRange    Kind = "IndexOutOfRangeException"
	KeyNotFound   Kind = "KeyNotFoundException"
	BadURI        Kind = "UriFormatException"
	BadJSON       Kind = "JsonReaderException"
	Invalid       Kind = "InvalidOperationException"
	Body          Kind = "IOException"
	Limit         Kind = "LimitException" // ours: steps, bytes, body size
)

// Error is an evaluation that failed: what a policy sees as
// ExpressionValueEvaluationFailure. Message is .NET's text.
type Error struct {
	Kind    Kind
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

func fail(kind Kind, message string) error { return &Error{Kind: kind, Message: message} }

func castError() error { return fail(Cast, "Specified cast is not valid.") }

func nullError() error {
	return fail(NullReference, "Object reference not set to an instance of an object.")
}

func formatError() error { return fail(Format, "Input string was not in a correct format.") }

func nullArgument(name string) error {
	return fail(ArgumentNull, "Value cannot be null.\r\nParameter name: "+name)
}

func rangeError(text, name string) error {
	return fail(OutOfRange, text+"\r\nParameter name: "+name)
}
