//go:build linux

package rig

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRoundsTakeTurns(t *testing.T) {
	var got []string
	note := func(round int, trial, server string) error {
		got = append(got, fmt.Sprint(round, trial, server))
		return nil
	}
	if err := Rounds(t.Context(), 2, []string{"x", "y"}, []string{"a", "b", "c"}, note); err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("0xa 0xb 0xc 0ya 0yb 0yc 1xb 1xc 1xa 1yb 1yc 1ya")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
}

func TestRoundsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	broken, calls := errors.New("broken"), 0
	run := func(int, int, int) error {
		if calls++; calls == 2 {
			cancel()
		}
		return nil
	}
	if err := Rounds(ctx, 3, []int{1}, []int{1}, run); err == nil || calls != 2 {
		t.Errorf("interrupted in the second trial: got %d trials, error %v", calls, err)
	}
	if err := Rounds(t.Context(), 3, []int{1}, []int{1}, func(int, int, int) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
}

func TestSpread(t *testing.T) {
	double := func(n int) int { return 2 * n }
	for _, c := range []struct {
		samples []int
		want    Spread[int]
	}{
		{nil, Spread[int]{}},
		{[]int{4}, Spread[int]{8, 8, 8}},
		{[]int{9, 1, 5}, Spread[int]{2, 10, 18}},
	} {
		if got := SpreadOf(c.samples, double); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.samples, got, c.want)
		}
	}
}

func TestRatio(t *testing.T) {
	for _, c := range []struct {
		a, b time.Duration
		want string
	}{{56500, 129400, "0.44"}, {5, 2, "2.50"}, {0, 2, "-"}, {5, 0, "-"}} {
		if got := Ratio(c.a, c.b); got != c.want {
			t.Errorf("%v ÷ %v: got %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	for i := range 1000 {
		h.Add(time.Duration(i+1) * time.Microsecond)
	}
	if h.Total() != 1000 {
		t.Errorf("got a total of %d, want 1000", h.Total())
	}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{0.5, 500 * time.Microsecond}, {0.99, 990 * time.Microsecond}} {
		if got := h.Quantile(c.q); got < c.want*94/100 || got > c.want*106/100 {
			t.Errorf("quantile %v: got %v, want %v ± 6 %%", c.q, got, c.want)
		}
	}
	for _, d := range []uint64{0, 1, 15, 16, 17, 31, 32, 1000, 1 << 40} {
		if b := bucket(d); uint64(floor(b)) > d || uint64(floor(b+1)) <= d {
			t.Errorf("%d ns: got bucket %d, %v to %v", d, b, floor(b), floor(b+1))
		}
	}
}
