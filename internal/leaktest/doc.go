// Package leaktest is test support for packages that look for goroutines left
// over when their tests are done: goleak gives those that are about to end less
// than half a second, which a busy machine may not give them a processor in.
//
// It imports nothing else of this module.
//
// Data flows one way:
//
//	testing.M ─► Settled ─► goleak.VerifyTestMain ─► exit code
package leaktest
