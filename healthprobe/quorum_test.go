package healthprobe

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"meridian/routing"
)

// stance is what one location with one node does in the enumeration.
type stance int

const (
	votesUp stance = iota
	votesDown
	votesDownAnchored
	saysNothing // not heard of for longer than fresh
	abstains
	stances
)

const testFresh = 10 * time.Second

func seat(i int) routing.LocationName { return routing.LocationName(fmt.Sprintf("l%d", i)) }

func (s stance) ballot(l routing.LocationName) Ballot {
	b := Ballot{Location: l, Heard: time.Second, Age: time.Second}
	switch s {
	case votesUp:
		b.Health, b.Anchored = routing.Up, true
	case votesDown:
		b.Health = routing.Down
	case votesDownAnchored:
		b.Health, b.Anchored = routing.Down, true
	case saysNothing:
		b.Health, b.Anchored, b.Heard, b.Age = routing.Down, true, testFresh, testFresh
	case abstains:
		b.Health, b.Abstains = routing.Down, true
	}
	return b
}

// tally is the twin's count of one combination.
type tally struct{ n, up, down, anchored int }

// each calls f for every combination of stances of n locations, without and
// with the first being the target's own. From 6 locations on, abstaining is
// left out: as no location is lost, it is as good as silence.
func each(n int, f func(e Electorate, ballots []Ballot, voters tally)) {
	kinds, combinations := int(stances), 1
	if n >= 6 {
		kinds = int(abstains)
	}
	for range n {
		combinations *= kinds
	}
	for code := range combinations {
		for _, own := range []routing.LocationName{"", seat(0)} {
			e := Electorate{Own: own, Fresh: testFresh}
			var ballots []Ballot
			var voters tally
			for i, rest := 0, code; i < n; i, rest = i+1, rest/kinds {
				s := stance(rest % kinds)
				e.Seats = append(e.Seats, Seat{Location: seat(i)})
				ballots = append(ballots, s.ballot(seat(i)))
				if own == seat(i) && n > 1 {
					continue
				}
				voters.count(s)
			}
			f(e, ballots, voters)
		}
	}
}

func (t *tally) count(s stance) {
	t.n++
	switch s {
	case votesUp:
		t.up, t.anchored = t.up+1, t.anchored+1
	case votesDown:
		t.down++
	case votesDownAnchored:
		t.down, t.anchored = t.down+1, t.anchored+1
	}
}

// The line: enumerated for 1 to 7 locations, no minority flips a
// verdict. Whatever flips has more votes than what it overrules, and the voters
// are a quorum: ⌊n/2⌋+1, or one of two that is anchored.
func TestNoMinorityFlips(t *testing.T) {
	for n := 1; n <= 7; n++ {
		each(n, func(e Electorate, ballots []Ballot, v tally) {
			for _, held := range []routing.Health{routing.Up, routing.Down} {
				r := Quorum(held, e, ballots)
				if r.Electors != v.n || r.Up != v.up || r.Down != v.down {
					t.Fatalf("%v own %q: got %+v, want %+v", ballots, e.Own, r, v)
				}
				if r.Health == held {
					continue
				}
				with, against := v.down, v.up
				if r.Health == routing.Up {
					with, against = v.up, v.down
				}
				if with <= against {
					t.Fatalf("%v: flipped to %v by %d against %d", ballots, r.Health, with, against)
				}
				if v.up+v.down < v.n/2+1 && (v.n != 2 || v.anchored == 0) {
					t.Fatalf("%v: flipped to %v with %d votes of %d", ballots, r.Health, v.up+v.down, v.n)
				}
				if v.up+v.down == v.n && 2*with <= v.n {
					t.Fatalf("%v: flipped to %v by %d of %d", ballots, r.Health, with, v.n)
				}
			}
		})
	}
}

// And a majority always does: what all fresh voters of a quorum agree on holds.
func TestMajorityFlips(t *testing.T) {
	for n := 1; n <= 7; n++ {
		each(n, func(e Electorate, ballots []Ballot, v tally) {
			enough := v.up+v.down >= v.n/2+1 || v.n == 2 && v.anchored > 0
			if !enough || v.up == v.down {
				return
			}
			want := routing.Up
			if v.down > v.up {
				want = routing.Down
			}
			for _, held := range []routing.Health{routing.Unchecked, routing.Up, routing.Down} {
				if got := Quorum(held, e, ballots); got.Health != want || got.Cause != CauseMajority {
					t.Fatalf("%v own %q: got %+v want %v by majority", ballots, e.Own, got, want)
				}
			}
		})
	}
}

func TestQuorumNamedCases(t *testing.T) {
	a, b, c := seat(0), seat(1), seat(2)
	two := []Seat{{Location: a}, {Location: b}}
	three := append(two[:2:2], Seat{Location: c})
	for _, tc := range []struct {
		name    string
		seats   []Seat
		own     routing.LocationName
		refs    bool
		ballots []Ballot
		want    routing.Health // held is Up
		cause   RulingCause
	}{
		{"nobody", nil, "", false, nil, routing.Up, CauseNobody},
		{"one, no references: its word", two[:1], "", false, []Ballot{votesDown.ballot(a)}, routing.Down, CauseMajority},
		{"one, references silent", two[:1], "", true, []Ballot{votesDown.ballot(a)}, routing.Up, CauseUnanchored},
		{"one, references answered", two[:1], "", true, []Ballot{votesDownAnchored.ballot(a)}, routing.Down, CauseMajority},
		{"the only one may judge itself", two[:1], a, false, []Ballot{votesDown.ballot(a)}, routing.Down, CauseMajority},
		{"two: one anchored is enough", two, "", true, []Ballot{votesDownAnchored.ballot(a)}, routing.Down, CauseMajority},
		{"two: one unanchored is not", two, "", true, []Ballot{votesDown.ballot(a)}, routing.Up, CauseUnanchored},
		{"two that agree need no anchor", two, "", true, []Ballot{votesDown.ballot(a), votesDown.ballot(b)}, routing.Down, CauseMajority},
		{"two that differ keep", two, "", true, []Ballot{votesUp.ballot(a), votesDownAnchored.ballot(b)}, routing.Up, CauseTie},
		{"two: a gateway is judged by the other", two, b, true, []Ballot{votesDownAnchored.ballot(a), votesUp.ballot(b)}, routing.Down, CauseMajority},
		{"three: one anchored is not enough", three, "", true, []Ballot{votesDownAnchored.ballot(a)}, routing.Up, CauseTooFew},
		{"three: two are", three, "", true, []Ballot{votesDown.ballot(a), votesDown.ballot(b)}, routing.Down, CauseMajority},
		{
			"nodes of one location are one vote", three, "", true,
			[]Ballot{votesDown.ballot(a), votesDown.ballot(a), votesDown.ballot(a), votesUp.ballot(b), votesUp.ballot(c)},
			routing.Up, CauseMajority,
		},
		{
			"nodes at odds are no vote", three, "", true,
			[]Ballot{votesDown.ballot(a), votesUp.ballot(a), votesDown.ballot(b)},
			routing.Up, CauseTooFew,
		},
		{
			"most nodes of a location decide its vote", three, "", true,
			[]Ballot{votesDown.ballot(a), votesDown.ballot(a), votesUp.ballot(a), votesDown.ballot(b)},
			routing.Down, CauseMajority,
		},
		{
			"lost and silent is no elector",
			[]Seat{{Location: a}, {Location: b, Lost: true}, {Location: c}},
			c, true,
			[]Ballot{votesDownAnchored.ballot(a)},
			routing.Down, CauseMajority,
		},
		{
			"lost but speaking is one",
			[]Seat{{Location: a}, {Location: b, Lost: true}, {Location: c}},
			"", true,
			[]Ballot{votesDownAnchored.ballot(a), votesUp.ballot(b)},
			routing.Up, CauseTie,
		},
		{"silent but not lost is one", three, "", false, []Ballot{votesDown.ballot(a), saysNothing.ballot(b)}, routing.Up, CauseTooFew},
		{
			"an old probe in a new row is no vote", two[:1], "", false,
			[]Ballot{{Location: a, Health: routing.Down, Heard: time.Second, Age: testFresh}},
			routing.Up, CauseTooFew,
		},
		{
			"a target never probed is no vote", two[:1], "", false,
			[]Ballot{{Location: a, Health: routing.Down, Heard: time.Second, Age: -1}},
			routing.Up, CauseTooFew,
		},
		{"a location without a seat is not heard", two[:1], "", false, []Ballot{votesDown.ballot(c)}, routing.Up, CauseTooFew},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := Electorate{Seats: tc.seats, Own: tc.own, References: tc.refs, Fresh: testFresh}
			got := Quorum(routing.Up, e, tc.ballots)
			if got.Health != tc.want || got.Cause != tc.cause {
				t.Errorf("got %v by %v (%+v), want %v by %v", got.Health, got.Cause, got, tc.want, tc.cause)
			}
		})
	}
}

func TestFreshFor(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{
		time.Second: 10 * time.Second, 5 * time.Second: 15 * time.Second, 30 * time.Second: 90 * time.Second,
	} {
		if got := FreshFor(interval); got != want {
			t.Errorf("interval %v: got %v want %v", interval, got, want)
		}
	}
}

// slowQuorum is DESIGN's paragraph word for word, over maps.
func slowQuorum(held routing.Health, e Electorate, ballots []Ballot) routing.Health {
	speaking := map[routing.LocationName]bool{}
	score := map[routing.LocationName]int{}
	proof := map[routing.LocationName]map[routing.Health]bool{}
	for _, b := range ballots {
		if b.Heard < e.Fresh {
			speaking[b.Location] = true
		}
		if b.Heard < e.Fresh && b.Age < e.Fresh && b.Age >= 0 && !b.Abstains {
			score[b.Location] += weigh(b.Health)
			if proof[b.Location] == nil {
				proof[b.Location] = map[routing.Health]bool{}
			}
			proof[b.Location][b.Health] = proof[b.Location][b.Health] || b.Anchored
		}
	}
	electors := map[routing.LocationName]bool{}
	for _, s := range e.Seats {
		if !s.Lost || speaking[s.Location] {
			electors[s.Location] = true
		}
	}
	if len(electors) > 1 {
		delete(electors, e.Own)
	}
	votes, balance, anchored := 0, 0, false
	for l := range electors {
		if score[l] > 0 {
			votes, balance, anchored = votes+1, balance+1, anchored || proof[l][routing.Up]
		}
		if score[l] < 0 {
			votes, balance, anchored = votes+1, balance-1, anchored || proof[l][routing.Down]
		}
	}
	n := len(electors)
	may := votes >= n/2+1
	if n == 2 && votes == 1 {
		may = anchored
	}
	if n == 1 && e.References {
		may = may && anchored
	}
	switch {
	case n == 0 || !may || balance == 0:
		return held
	case balance > 0:
		return routing.Up
	default:
		return routing.Down
	}
}

func TestQuorumEqualsTwin(t *testing.T) {
	health := rapid.SampledFrom([]routing.Health{routing.Unchecked, routing.Up, routing.Down})
	age := rapid.SampledFrom([]time.Duration{-1, 0, time.Second, testFresh - 1, testFresh, time.Hour})
	rapid.Check(t, func(t *rapid.T) {
		e := Electorate{References: rapid.Bool().Draw(t, "references"), Fresh: testFresh}
		n := rapid.IntRange(0, 7).Draw(t, "n")
		for i := range n {
			e.Seats = append(e.Seats, Seat{Location: seat(i), Lost: rapid.Bool().Draw(t, "lost")})
		}
		if own := rapid.IntRange(-1, 8).Draw(t, "own"); own >= 0 {
			e.Own = seat(own)
		}
		var ballots []Ballot
		for range rapid.IntRange(0, 15).Draw(t, "ballots") {
			ballots = append(ballots, Ballot{
				Location: seat(rapid.IntRange(0, n).Draw(t, "from")), Health: health.Draw(t, "health"),
				Anchored: rapid.Bool().Draw(t, "anchored"), Abstains: rapid.IntRange(0, 4).Draw(t, "abstains") == 0,
				Heard: max(age.Draw(t, "heard"), 0), Age: age.Draw(t, "age"),
			})
		}
		held := health.Draw(t, "held")
		got, want := Quorum(held, e, ballots), slowQuorum(held, e, ballots)
		if got.Health != want {
			t.Fatalf("got %+v want %v for held %v, %+v, %+v", got, want, held, e, ballots)
		}
		shuffled := rapid.Permutation(ballots).Draw(t, "shuffled")
		if again := Quorum(held, e, shuffled); again != got {
			t.Fatalf("got %+v, in another order %+v", got, again)
		}
	})
}
