// Package arch holds the rules of the house as tests: who may import whom, how
// large a file and a function may grow, what a file and an identifier may be
// called, where state may live.
//
// It reads the source with go/parser and knows nothing of types, so it is quick
// and needs no build. Load makes a Tree of a file system; each Rule turns the
// Tree into Findings. There is no list of exceptions: a rule that is wrong is
// changed for everybody. Every rule has an archive under testdata that breaks
// it, and the tests fail for a rule that finds nothing there.
//
// It imports nothing of this module, and nothing imports it.
package arch
