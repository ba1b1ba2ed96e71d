//go:build !unix

package h1

// nothingCame believes the best: a stale connection shows when it is used.
func nothingCame(uintptr) bool { return true }
