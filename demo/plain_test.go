//go:build !race

package demo

import "time"

// grace: without the race detector what is promised must hold.
const grace = time.Duration(0)
