package intent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// word is what a node says in a test: at a time, having seen others.
func wordOf(node int, at Time, text string, seen ...Held) Held {
	h := Held{Value: Value{Key: Key{"location/a", DisableGateway, Standing}, ID: ID{at, nodeID(node)}, Text: text, Clear: text == "", Seen: seenOf(seen)}}
	return h
}

// lease puts a word into the timed layer.
func (h Held) lease(length, age time.Duration) Held {
	h.Layer, h.For, h.Age = Timed, length, age
	return h
}

func (h Held) about(p Property, o Object) Held {
	h.Property, h.Object = p, o
	return h
}

func TestResolve(t *testing.T) {
	off, on, clear := wordOf(1, 10, "true"), wordOf(2, 20, "false"), wordOf(3, 30, "")
	after := wordOf(2, 5, "false", off) // written later by a clock that is behind
	short, long := wordOf(1, 10, "true").lease(time.Minute, 30*time.Second), wordOf(2, 20, "false").lease(time.Hour, 0)
	ended := short
	ended.Age = time.Minute
	successor := wordOf(2, 20, "true", short).lease(time.Second, time.Second)
	little, much := wordOf(1, 30, "200").about(Shed, "location/a"), wordOf(2, 20, "1000").about(Shed, "location/a")
	for name, test := range map[string]struct {
		heads    []Held
		want     ID // of what counts; zero: nothing does
		conflict []ID
	}{
		"nothing":                            {},
		"one":                                {[]Held{on}, on.ID, nil},
		"one that clears":                    {[]Held{clear}, ID{}, nil},
		"off wins":                           {[]Held{on, off}, off.ID, []ID{off.ID, on.ID}},
		"off wins over a clear":              {[]Held{clear, off}, off.ID, []ID{off.ID, clear.ID}},
		"else the later":                     {[]Held{clear, on}, ID{}, []ID{on.ID, clear.ID}},
		"no conflict where all agree":        {[]Held{off, wordOf(2, 20, "true")}, ID{20, nodeID(2)}, nil},
		"who has seen wins, not who is late": {[]Held{after, off}, after.ID, nil},
		"a lease that runs":                  {[]Held{short, long}, short.ID, []ID{short.ID, long.ID}},
		"a lease that has ended":             {[]Held{ended, long}, long.ID, nil},
		"one alone that has ended":           {[]Held{ended}, ID{}, nil},
		"what has ended still displaces":     {[]Held{short, successor}, ID{}, nil},
		"more shed is more off":              {[]Held{little, much}, much.ID, []ID{much.ID, little.ID}},
	} {
		v, ok, conflict := Resolve(test.heads)
		if ok != (test.want != ID{}) || ok && v.ID != test.want {
			t.Errorf("%s: got %v, %v, want %v", name, v.ID, ok, test.want)
		}
		if diff := cmp.Diff(test.conflict, conflict); diff != "" {
			t.Errorf("%s: conflict (-want +got):\n%s", name, diff)
		}
	}
}

// TestDrillHeads: in the drill layer all but a clear is on, whatever its text.
func TestDrillHeads(t *testing.T) {
	started, aborted := wordOf(1, 10, "true"), wordOf(2, 20, "")
	for _, h := range []*Held{&started, &aborted} {
		h.Layer = Drill
	}
	started.For = time.Minute
	if v, ok, conflict := Resolve([]Held{aborted, started}); !ok || v.ID != started.ID || len(conflict) != 2 {
		t.Errorf("one who starts and one who aborts: got %v, %v, %v, want the drill, in conflict", v.ID, ok, conflict)
	}
	started.Age = time.Minute
	if v, ok, conflict := Resolve([]Held{aborted, started}); ok || conflict != nil {
		t.Errorf("at its end: got %v, %v, want nothing", v.ID, conflict)
	}
}

func TestResolveLeavesItsInputAlone(t *testing.T) {
	heads := []Held{wordOf(2, 20, "false"), wordOf(1, 10, "true")}
	Resolve(heads)
	if heads[0].ID.Time != 20 || heads[1].ID.Time != 10 {
		t.Errorf("got the heads in another order")
	}
}
