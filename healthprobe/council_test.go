package healthprobe

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"meridian/routing"
)

// world is n locations with one node and one gateway each. Every node probes
// every gateway and holds a council of its own.
type world struct {
	now      time.Time
	dead     map[int]bool // location lost: gateway and node
	cut      map[int]bool // location cut off: its node lives, sees nobody, no reference answers
	refs     bool
	councils []Council
	n        uint64
}

func newWorld(n int, refs bool) *world {
	w := &world{now: epochStart(), dead: map[int]bool{}, cut: map[int]bool{}, refs: refs, councils: make([]Council, n)}
	w.step()
	return w
}

func gatewayOf(i int) TargetID { return TargetID(fmt.Sprintf("contoso/l%d/192.0.2.%d", i, i+1)) }

// row is what node i sees now.
func (w *world) row(i int) Row {
	r := Row{Observer: fmt.Sprintf("n%d", i), Location: seat(i), Boot: 1, N: w.n, Anchor: AnchorNone}
	if w.refs {
		r.Anchor = AnchorAnswered
		if w.cut[i] {
			r.Anchor = AnchorSilent
		}
	}
	for j := range w.councils {
		e := Entry{Target: gatewayOf(j), Health: routing.Up, Reason: ReasonOK, Answered: true}
		if i != j && (w.dead[j] || w.cut[i] || w.cut[j]) {
			e.Health, e.Reason, e.Answered = routing.Down, ReasonTimeoutConnect, false
		}
		r.Entries = append(r.Entries, e)
	}
	return r
}

// step lets time pass, rows travel and every living council rule.
func (w *world) step() {
	w.now = w.now.Add(20 * time.Second)
	w.n++
	var seats []routing.LocationName
	var subjects []Subject
	for i := range w.councils {
		seats = append(seats, seat(i))
		subjects = append(subjects, Subject{Target: gatewayOf(i), Own: seat(i), Interval: 5 * time.Second})
	}
	for i := range w.councils {
		for j := range w.councils {
			if !w.dead[i] && !w.dead[j] && (i == j || !w.cut[i] && !w.cut[j]) {
				if _, err := w.councils[i].Hear(w.now, w.row(j)); err != nil {
					panic(err)
				}
			}
		}
		w.councils[i].Rule(w.now, seats, w.refs, subjects)
	}
}

// sees returns what the council of node i holds of all gateways: "u" or "d".
func (w *world) sees(i int) string {
	s := ""
	for j := range w.councils {
		s += w.councils[i].Held(gatewayOf(j)).String()[:1]
	}
	return s
}

func (w *world) truth() string {
	s := ""
	for j := range w.councils {
		if w.dead[j] {
			s += "d"
		} else {
			s += "u"
		}
	}
	return s
}

func TestTwoLocationsFailOver(t *testing.T) {
	for _, refs := range []bool{false, true} {
		w := newWorld(2, refs)
		w.dead[1] = true
		w.step()
		if got := w.sees(0); got != "ud" {
			t.Errorf("references %v: got %s want ud", refs, got)
		}
		delete(w.dead, 1)
		w.step()
		if got := w.sees(0); got != "uu" {
			t.Errorf("references %v: after the return: got %s want uu", refs, got)
		}
	}
}

// An isolated location believes nothing of what it sees; the other one drains
// it.
func TestIsolatedLocationOfTwo(t *testing.T) {
	w := newWorld(2, true)
	w.cut[1] = true
	w.step()
	if got := w.sees(1); got != "uu" {
		t.Errorf("the isolated one: got %s want uu", got)
	}
}

// Total loss of all but one location, one after the other, in every order and
// for every survivor: each loss is told before the next one comes.
func TestLossOfAllButOne(t *testing.T) {
	for n := 2; n <= 5; n++ {
		permute(n, func(order []int) {
			w := newWorld(n, true)
			survivor := order[n-1]
			for _, dies := range order[:n-1] {
				w.dead[dies] = true
				w.step()
				if got, want := w.sees(survivor), w.truth(); got != want {
					t.Fatalf("order %v: after the loss of %d: got %s want %s", order, dies, got, want)
				}
			}
			for _, back := range order[:n-1] {
				delete(w.dead, back)
				w.step()
			}
			if got, want := w.sees(survivor), w.truth(); got != want {
				t.Fatalf("order %v: after the return of all: got %s want %s", order, got, want)
			}
		})
	}
}

// permute calls f with every order of 0..n-1.
func permute(n int, f func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var rec func(int)
	rec = func(k int) {
		if k == n {
			f(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			rec(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	rec(0)
}

// Losses at one moment: they are told exactly if the survivors are a quorum of
// the electors of a lost gateway, or one anchored of two. Where they are not,
// nothing changes: the survivors cannot tell that from being cut off together.
func TestLossAtOnce(t *testing.T) {
	for n := 2; n <= 7; n++ {
		for lost := 1; lost < n; lost++ {
			w := newWorld(n, true)
			before := w.truth()
			for i := range lost {
				w.dead[i] = true
			}
			for range 5 {
				w.step()
			}
			survivors, electors := n-lost, n-1
			told := survivors >= electors/2+1 || electors == 2
			want := before
			if told {
				want = w.truth()
			}
			if got := w.sees(n - 1); got != want {
				t.Errorf("%d of %d lost at once: got %s want %s", lost, n, got, want)
			}
		}
	}
}

// A cut-off minority flips nothing, on either side of the cut but for itself.
func TestMinorityCutOff(t *testing.T) {
	for n := 3; n <= 7; n++ {
		w := newWorld(n, true)
		w.cut[0] = true
		for range 3 {
			w.step()
		}
		if got, want := w.sees(0), w.truth(); got != want {
			t.Errorf("n=%d: the cut-off one: got %s want %s", n, got, want)
		}
		if got := w.sees(1); got != "d"+w.truth()[1:] {
			t.Errorf("n=%d: the others: got %s, want only the cut-off one down", n, got)
		}
	}
}

func TestCouncilHears(t *testing.T) {
	var c Council
	row := Row{Observer: "n1", Location: "l1", Boot: 2, N: 5}
	for _, tc := range []struct {
		name    string
		boot, n uint64
		want    bool
	}{
		{"first", 2, 5, true},
		{"again", 2, 5, false},
		{"older", 2, 4, false},
		{"older boot", 1, 99, false},
		{"newer", 2, 6, true},
		{"newer boot", 3, 1, true},
	} {
		row.Boot, row.N = tc.boot, tc.n
		if got, err := c.Hear(epochStart(), row); got != tc.want || err != nil {
			t.Errorf("%s: got %v, %v want %v", tc.name, got, err, tc.want)
		}
	}
}

// The same row again must not renew a vote.
func TestRepeatedRowExpires(t *testing.T) {
	var c Council
	row := Row{Observer: "n1", Location: "l1", Boot: 1, N: 1, Entries: []Entry{{Target: "t", Health: routing.Down}}}
	subject := []Subject{{Target: "t", Interval: time.Second}}
	for at, want := range []RulingCause{0: CauseMajority, 9: CauseMajority, 10: CauseTooFew} {
		if want == "" {
			continue
		}
		now := epochStart().Add(time.Duration(at) * time.Second)
		if _, err := c.Hear(now, row); err != nil {
			t.Fatal(err)
		}
		if got := c.Rule(now, []routing.LocationName{"l1"}, false, subject)[0]; got.Cause != want {
			t.Errorf("after %d s: got %v want %v", at, got.Cause, want)
		}
	}
}

// A vote is as old as the probe behind it: its age on the way adds up.
func TestAgesAddUp(t *testing.T) {
	for _, tc := range []struct {
		age, heard int // seconds
		want       RulingCause
	}{{0, 9, CauseMajority}, {9, 0, CauseMajority}, {4, 5, CauseMajority}, {6, 6, CauseTooFew}} {
		var c Council
		row := Row{Observer: "n1", Location: "l1", Boot: 1, N: 1, Entries: []Entry{
			{Target: "t", Health: routing.Down, Age: time.Duration(tc.age) * time.Second},
		}}
		if _, err := c.Hear(epochStart(), row); err != nil {
			t.Fatal(err)
		}
		now := epochStart().Add(time.Duration(tc.heard) * time.Second)
		if got := c.Rule(now, []routing.LocationName{"l1"}, false, []Subject{{Target: "t", Interval: time.Second}})[0]; got.Cause != tc.want {
			t.Errorf("%d s old when said, heard %d s ago: got %v want %v", tc.age, tc.heard, got.Cause, tc.want)
		}
	}
}

func TestJoinerAdopts(t *testing.T) {
	rows := func(held ...routing.Health) *Council {
		c := &Council{}
		for i, h := range held {
			row := Row{Observer: fmt.Sprint(i), Location: seat(i), Boot: 1, N: 1, Entries: []Entry{{Target: "t", Held: h, Age: -1}}}
			if _, err := c.Hear(epochStart(), row); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	u, d, n := routing.Up, routing.Down, routing.Unchecked
	for _, tc := range []struct {
		name    string
		council *Council
		initial Initial
		want    routing.Health
	}{
		{"most common: down", rows(d, d, u), InitialServe, d},
		{"most common: up", rows(u, n, n), InitialServe, u},
		{"as many: none", rows(u, d), InitialServe, n},
		{"nobody knows: serves", rows(n, n), InitialServe, n},
		{"nobody knows: waits", rows(n, n), InitialWait, d},
		{"others know it is up: no need to wait", rows(u), InitialWait, u},
	} {
		subject := []Subject{{Target: "t", Interval: time.Second, Initial: tc.initial}}
		tc.council.Rule(epochStart(), []routing.LocationName{"l0", "l1", "l2"}, false, subject)
		if got := tc.council.Held("t"); got != tc.want {
			t.Errorf("%s: got %v want %v", tc.name, got, tc.want)
		}
		stamped := Row{Entries: []Entry{{Target: "t"}, {Target: "x", Held: d}}}
		tc.council.Stamp(&stamped)
		if stamped.Entries[0].Held != tc.want || stamped.Entries[1].Held != d {
			t.Errorf("%s: stamped %+v, want held %v, and what is not ruled about left alone", tc.name, stamped.Entries, tc.want)
		}
	}
}

func TestCouncilRefuses(t *testing.T) {
	var c Council
	for name, row := range map[string]Row{
		"no observer":  {Location: "l"},
		"no location":  {Observer: "n"},
		"bad health":   {Observer: "n", Location: "l", Entries: []Entry{{Target: "t", Health: 3}}},
		"twice":        {Observer: "n", Location: "l", Entries: []Entry{{Target: "t"}, {Target: "t"}}},
		"out of order": {Observer: "n", Location: "l", Entries: []Entry{{Target: "t"}, {Target: "s"}}},
		"too many":     {Observer: "n", Location: "l", Entries: make([]Entry, MaxTargets+1)},
		"long reason":  {Observer: "n", Location: "l", Entries: []Entry{{Target: "t", Reason: Reason(make([]byte, 41))}}},
	} {
		if _, err := c.Hear(epochStart(), row); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	for i := range MaxObservers {
		if _, err := c.Hear(epochStart(), Row{Observer: fmt.Sprint(i), Location: "l", Boot: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Hear(epochStart(), Row{Observer: "one more", Location: "l"}); !errors.Is(err, ErrTooManyObservers) {
		t.Errorf("got %v want %v", err, ErrTooManyObservers)
	}
	c.Forget("0")
	if _, err := c.Hear(epochStart(), Row{Observer: "one more", Location: "l"}); err != nil {
		t.Errorf("after Forget: got %v", err)
	}
}
