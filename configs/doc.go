// Package configs reads the two documents an operator writes: the node file,
// which is about one machine, and the service document, which is the same on
// every node.
//
// It owns their shape (the types *Document, from which the JSON Schemas under
// schema/ are generated), strict decoding, the validation of everything at
// once, and the conversion to the words of the domain: a Node, or a Service
// with its routing.Plan. Every problem is reported as
//
//	file:line:column: path: what is wrong, what is allowed
//
// Data flows one way:
//
//	bytes ─► tree (positions, limits) ─► *Document (shapes, ranges) ─► Node | Bundle
//	Bundle ─► Compile (names, references, routing.Check) ─► Service
//
// A Bundle is a service document and the files it names, in a canonical form
// that is hashed, stored and compared. Nothing here opens a socket or watches
// a file. Of this module it imports routing and dnswire; it is the only
// importer of the YAML library.
package configs
