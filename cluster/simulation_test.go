package cluster

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"meridian/internal/simnet"
)

// A simulation is replayed with -seed N; -seeds N runs so many, from 1 or from
// -seed on. What the network does to each packet, which faults happen when, and
// who writes what follow from the seed. The library's own draws and the order in
// which goroutines run do not: a failure that needs a certain order may need
// several runs of its seed.
var (
	simSeed  = flag.Uint64("seed", 0, "the seed of the first simulation; without -seeds the only one")
	simSeeds = flag.Uint64("seeds", 0, "how many simulations to run (default 20 with -short, else 200)")
)

const simKeys = 4

// simulation is a world with faults, and what it has promised.
type simulation struct {
	*world
	accepted map[string]stamp     // on two disks
	shown    []map[string]stamp   // greatest that each node has shown since its start
	frozen   map[*inhabitant]bool // not to be asked anything
	down     map[*inhabitant]time.Time
	story    []string
}

func TestSimulation(t *testing.T) {
	first, count := max(*simSeed, 1), *simSeeds
	switch {
	case count > 0:
	case *simSeed > 0:
		count = 1
	case testing.Short():
		count = 20
	default:
		count = 200
	}
	start := time.Now()
	t.Run("seeds", func(t *testing.T) {
		const lanes = 2
		for lane := range uint64(lanes) {
			t.Run(fmt.Sprintf("lane%d", lane+1), func(t *testing.T) {
				t.Parallel()
				for seed := first + lane; seed < first+count && !t.Failed(); seed += lanes {
					simulate(t, seed)
				}
			})
		}
	})
	t.Logf("%d seeds in %v: %v each", count, time.Since(start).Round(time.Millisecond), (time.Since(start) / time.Duration(count)).Round(time.Millisecond))
}

func simulate(t *testing.T, seed uint64) {
	draw := rand.New(rand.NewPCG(seed, 2))
	inBubble(t, seed, 3+draw.IntN(7), func(t *testing.T, w *world) {
		s := &simulation{world: w, accepted: map[string]stamp{}, frozen: map[*inhabitant]bool{}, down: map[*inhabitant]time.Time{}}
		for range w.nodes {
			s.shown = append(s.shown, map[string]stamp{})
		}
		defer func() {
			if t.Failed() {
				t.Logf("replay with -run TestSimulation -seed %d\n%s%s", seed, s.told(), w.summary())
			}
		}()
		w.startAll()
		for end := time.Now().Add(time.Duration(60+w.rand.IntN(90)) * time.Second); time.Now().Before(end); {
			s.step()
			pass(time.Duration(50+w.rand.IntN(2000)) * time.Millisecond)
			s.check()
		}
		s.heal()
	})
}

func (s *simulation) tell(format string, args ...any) {
	s.story = append(s.story, fmt.Sprintf("%s ", time.Now().Format("04:05.000"))+fmt.Sprintf(format, args...))
}

func (s *simulation) told() (out string) {
	for _, line := range s.story {
		out += line + "\n"
	}
	return out
}

// step does one thing: a write mostly.
func (s *simulation) step() {
	for _, n := range s.nodes {
		if since, down := s.down[n]; down && time.Since(since) > 10*time.Second {
			s.restart(n)
		}
	}
	n := s.nodes[s.rand.IntN(len(s.nodes))]
	switch d := s.rand.IntN(100); {
	case d < 60:
		s.write(n)
	case d < 68:
		s.tell("split %v", s.split())
	case d < 72:
		s.oneWay()
	case d < 76:
		s.weather()
	case d < 80:
		s.tell("heal")
		s.net.Heal()
	case d < 84:
		s.blockPackets(n)
	case d < 88:
		s.freeze(n)
	case d < 92:
		s.thaw(n)
	case d < 96:
		s.crash(n)
	default:
		s.leave(n)
	}
}

// write puts a value under a random key; it is accepted once another node has it
// on disk.
func (s *simulation) write(n *inhabitant) {
	if !n.runs() {
		return
	}
	key := fmt.Sprintf("k%d", s.rand.IntN(simKeys))
	size := 20
	if s.rand.IntN(10) == 0 {
		size = 3000
	}
	message, value := n.write(key, size)
	s.tell("%s writes %s=%d", n.host.IP(), key, value.version.Minor)
	other := s.nodes[s.rand.IntN(len(s.nodes))]
	if other == n || !other.runs() {
		return
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Second)
	defer cancel()
	if _, err := n.cluster.Call(ctx, other.id.ID(), "keep", message); err != nil {
		return
	}
	s.tell("%s keeps it", other.host.IP())
	if value.later(s.accepted[key]) {
		s.accepted[key] = value
	}
}

// split parts the nodes at random.
func (s *simulation) split() [2][]string {
	var half [2][]string
	for _, n := range s.nodes {
		i := s.rand.IntN(2)
		half[i] = append(half[i], n.host.IP())
	}
	s.net.Split(half[0], half[1])
	return half
}

func (s *simulation) oneWay() {
	a, b := s.nodes[s.rand.IntN(len(s.nodes))].host.IP(), s.nodes[s.rand.IntN(len(s.nodes))].host.IP()
	s.tell("nothing passes from %s to %s", a, b)
	s.net.Cut([]string{a}, []string{b})
}

// weather changes all links; it undoes splits too.
func (s *simulation) weather() {
	l := simnet.Link{
		Delay: time.Duration(1+s.rand.IntN(150)) * time.Millisecond, Jitter: time.Duration(s.rand.IntN(200)) * time.Millisecond,
		Loss: s.rand.Float64() * 0.3, Duplicate: s.rand.Float64() * 0.2,
	}
	if s.rand.IntN(4) == 0 {
		l.MTU = 600
	}
	s.tell("links %+v", l)
	s.net.SetAll(l)
}

func (s *simulation) blockPackets(n *inhabitant) {
	s.tell("no packets of %s", n.host.IP())
	var all []string
	for _, o := range s.nodes {
		all = append(all, o.host.IP())
	}
	block := func(l *simnet.Link) { l.NoPackets = true }
	s.net.Change([]string{n.host.IP()}, all, block)
	s.net.Change(all, []string{n.host.IP()}, block)
}

func (s *simulation) freeze(n *inhabitant) {
	if n.runs() {
		s.tell("%s freezes", n.host.IP())
		s.frozen[n] = true
		n.host.Freeze()
	}
}

func (s *simulation) thaw(n *inhabitant) {
	if s.frozen[n] {
		s.tell("%s thaws", n.host.IP())
		delete(s.frozen, n)
		n.host.Thaw()
	}
}

func (s *simulation) crash(n *inhabitant) {
	if n.runs() {
		s.tell("%s is killed", n.host.IP())
		s.thaw(n)
		n.kill()
		s.down[n] = time.Now()
	}
}

func (s *simulation) leave(n *inhabitant) {
	if n.runs() && !s.frozen[n] {
		s.tell("%s leaves", n.host.IP())
		_ = n.cluster.Leave(s.t.Context()) // cut off there is nobody to say it to
		n.kill()
		s.down[n] = time.Now()
	}
}

// restart brings a node back with what its disk holds, and nothing else.
func (s *simulation) restart(n *inhabitant) {
	s.tell("%s starts", n.host.IP())
	delete(s.down, n)
	clear(s.shown[slices.Index(s.nodes, n)])
	n.start()
}

// check looks at the invariants that hold at any time.
func (s *simulation) check() {
	s.t.Helper()
	for i, n := range s.nodes {
		if !n.runs() {
			continue
		}
		for k := range simKeys {
			key := fmt.Sprintf("k%d", k)
			now, before := n.top(key), s.shown[i][key]
			if before.later(now) {
				s.t.Fatalf("%s: %s went back from %v to %v", n.host.IP(), key, before, now)
			}
			s.shown[i][key] = now
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.accepted)) {
		if want := s.accepted[key]; !slices.ContainsFunc(s.nodes, func(n *inhabitant) bool { return !want.later(n.stored(key)) }) {
			s.t.Fatalf("%s: accepted %v is on no disk", key, want)
		}
	}
}

// heal ends all faults and looks at what must follow.
func (s *simulation) heal() {
	s.t.Helper()
	s.tell("all is well again")
	s.net.SetAll(simnet.Link{Delay: 20 * time.Millisecond, Jitter: 10 * time.Millisecond})
	for _, n := range s.nodes {
		s.thaw(n)
		if !n.runs() {
			s.restart(n)
		}
	}
	s.within(30*time.Second, "equal", s.equal)
	s.within(time.Minute, "whole", s.whole)
	s.check()
	for key, want := range s.accepted {
		for _, n := range s.nodes {
			if got := n.top(key); want.later(got) {
				s.t.Fatalf("%s: %s is %v after all, accepted was %v", n.host.IP(), key, got, want)
			}
		}
	}
}
