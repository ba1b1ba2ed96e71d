// Package expr is the C# subset in which API Management policies are written:
// the text between @( and ), or @{ and }.
//
// It owns the lexer, the parser, the static types, the members of the context
// object and of the .NET types that expressions may name, and the evaluation
// with .NET's messages and Azure's traps. It knows nothing of policy documents,
// backends or listeners and imports none of ours.
//
// Data flows one way: text → tokens → syntax tree → typed closures (Program).
// Everything that can be known without a request is refused at Compile, as a
// Problem with line, column and name. A Program is immutable and serves any
// number of requests at once; what a request brings is in Context. Adding a
// member is adding a row to a table (members…, statics…); adding a construct is
// adding a node with a compile method.
package expr
