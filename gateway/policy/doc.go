// Package policy reads, compiles and runs policy documents as they are written
// for Azure API Management.
//
// It owns the reader of documents (which are not XML: expressions stand in them
// as people type them), the catalogue of elements, the linking of scopes at
// <base />, and the run of one request through the four sections. The language
// between @( and ) is gateway/expr. It knows no backend, no listener and no
// limiter: what a policy does to the world goes through Host. It imports
// gateway/expr and nothing else of ours.
//
// Data flows one way: text → named values put in (source) → elements with their
// places (scanner) → steps (compiler, by the catalogue) → Tree, one per scope →
// Link → Program. Everything that can be known without a request is refused by
// Read, with file, line and column; a Program is immutable and serves any
// number of requests at once. What a request changes is in its Exchange.
//
// An element of the language is one row of catalogue and one file with its
// attributes and what it does.
package policy
