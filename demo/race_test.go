//go:build race

package demo

import "time"

// grace is what the race detector may add: it slows what a node computes between
// a verdict and the answer about tenfold.
const grace = 8 * time.Second
