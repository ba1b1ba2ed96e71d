//go:build linux

package rig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Rounds calls run for every trial of every server once a round: the servers of
// a trial one after the other, each round beginning with another.
func Rounds[T, S any](ctx context.Context, rounds int, trials []T, servers []S, run func(round int, t T, s S) error) error {
	for round := range rounds {
		for _, t := range trials {
			for i := range servers {
				if ctx.Err() != nil {
					return errors.New("interrupted")
				}
				if err := run(round, t, servers[(i+round)%len(servers)]); err != nil {
					return err
				}
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d done, load %s\n", round+1, rounds, loadAverage())
	}
	return nil
}

// Spread is the least, middle and greatest of some values.
type Spread[T cmp.Ordered] struct{ Least, Middle, Most T }

// SpreadOf looks at a value of every sample; no samples have a spread of zero.
func SpreadOf[S any, T cmp.Ordered](samples []S, value func(S) T) Spread[T] {
	if len(samples) == 0 {
		return Spread[T]{}
	}
	v := make([]T, 0, len(samples))
	for _, s := range samples {
		v = append(v, value(s))
	}
	slices.Sort(v)
	return Spread[T]{v[0], v[len(v)/2], v[len(v)-1]}
}

// Ratio writes how many times b is in a, "-" where there is nothing to divide.
func Ratio[N ~int64](a, b N) string {
	if a <= 0 || b <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}
