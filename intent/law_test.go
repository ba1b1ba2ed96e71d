package intent

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawAny draws a value of one key as no honest node would write it: it claims
// to have seen whatever it likes.
func drawAny(t *rapid.T) Held {
	text := rapid.SampledFrom([]string{"true", "false", ""}).Draw(t, "text")
	v := Value{Key: Key{Object: "location/a", Property: DisableGateway, Layer: Standing}, Text: text, Clear: text == "", Seen: Seen{}}
	v.ID = ID{Time: Time(rapid.Uint64Range(1, 4).Draw(t, "time")), Node: nodeID(rapid.IntRange(1, 3).Draw(t, "node"))}
	for n := range 3 {
		if seen := rapid.Uint64Range(0, 4).Draw(t, "seen"); seen > 0 {
			v.Seen[nodeID(n+1)] = Time(seen)
		}
	}
	return Held{Value: v}
}

// TestDisplacesIsAStrictPartialOrder holds for values of liars too, or else
// nodes would not come to hold the same.
func TestDisplacesIsAStrictPartialOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawAny(t).Value, drawAny(t).Value, drawAny(t).Value
		if a.Displaces(a) {
			t.Fatalf("%+v displaces itself", a)
		}
		if a.Displaces(b) && b.Displaces(a) {
			t.Fatalf("%+v and %+v displace each other", a, b)
		}
		if a.Displaces(b) && b.Displaces(c) && !a.Displaces(c) {
			t.Fatalf("%+v displaces %+v, which displaces %+v, and not that", a, b, c)
		}
	})
}

// TestMergeLaws merges what liars write as a ledger does: whatever the order,
// and however often a value comes, the same stay.
func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Custom(drawAny), 1, 8).Draw(t, "values")
		want := ledgerOf(values)
		again := append(slices.Clone(values), rapid.Permutation(values).Draw(t, "order")...)
		for _, order := range [][]Held{rapid.Permutation(values).Draw(t, "other"), again} {
			if diff := cmp.Diff(want, ledgerOf(order)); diff != "" {
				t.Fatalf("what stays (-in order +in another):\n%s", diff)
			}
		}
		whole, _, _ := Resolve(values)
		if kept, _, _ := Resolve(want); !sameValue(&whole, &kept) {
			t.Fatalf("what counts: got %+v of the heads, want %+v", kept, whole)
		}
	})
}

// ledgerOf keeps of values, one after the other, those that no other displaces.
func ledgerOf(values []Held) []Held {
	var heads []Held
	for _, v := range values {
		known := func(h Held) bool { return h.Displaces(v.Value) || sameValue(&h, &v) && cmp.Equal(h.Seen, v.Seen) }
		if slices.ContainsFunc(heads, known) {
			continue
		}
		heads = append(slices.DeleteFunc(heads, func(h Held) bool { return v.Displaces(h.Value) }), v)
	}
	slices.SortFunc(heads, func(a, b Held) int {
		if c := byID(&a, &b); c != 0 {
			return c
		}
		return slices.Compare(vector(a), vector(b))
	})
	return heads
}

func vector(h Held) []Time {
	var out []Time
	for n := range 3 {
		out = append(out, h.Seen[nodeID(n+1)])
	}
	return out
}

// TestFoldDoesNotDependOnOrder folds what replicas hold in any order, and with
// copies.
func TestFoldDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(3, drawInput(t))
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			w.step(t)
		}
		var in Input
		for _, r := range w.replicas {
			v := w.view(r)
			v.Values = append(in.Values, v.Values...)
			in = v
		}
		want := Fold(in)
		in.Values = rapid.Permutation(in.Values).Draw(t, "order")
		got := Fold(in)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Outcome{})); diff != "" {
			t.Fatalf("fold (-in order +in another):\n%s", diff)
		}
	})
}

// TestOlderCopyCounts: of two copies of a lease that claim different ages the
// older ends it.
func TestOlderCopyCounts(t *testing.T) {
	v := Value{Key: Key{"location/a", DisableGateway, Timed}, ID: ID{1, nodeID(1)}, Text: "true", For: time.Minute}
	for _, values := range [][]Held{{{v, 0}, {v, time.Minute}}, {{v, time.Minute}, {v, 0}}} {
		if got := Fold(Input{Values: values}).At(v.Target()).Text; got != "" {
			t.Errorf("text: got %q, want none", got)
		}
	}
}
