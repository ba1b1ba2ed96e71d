package routing

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"
)

// tape is a source of numbers that reads bytes and, past their end, numbers
// that follow from them: so a mutated byte changes one choice of a world.
type tape struct {
	data []byte
	rest *rand.PCG
}

func newTape(data []byte) *tape {
	h := fnv.New64a()
	_, _ = h.Write(data)
	return &tape{data, rand.NewPCG(h.Sum64(), 1)}
}

// Uint64 implements rand.Source.
func (t *tape) Uint64() uint64 {
	if len(t.data) == 0 {
		return t.rest.Uint64()
	}
	// The first byte counts most, as ranges are drawn from the high bits.
	word := uint64(t.data[0])<<56 | t.rest.Uint64()>>8
	t.data = t.data[1:]
	return word
}

// FuzzDecide makes a plan, states and queries of bytes: Decide agrees with the
// law, with itself inside a scope, and never answers what is off.
func FuzzDecide(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(binary.BigEndian.AppendUint64([]byte("seed"), mix(seed)))
	}
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x00", 400)))
	f.Add([]byte(strings.Repeat("\xff", 400)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<12 {
			return
		}
		w := &world{Rand: rand.New(newTape(data))}
		w.plan = w.randomPlan()
		w.clients = w.randomClients(len(w.plan.Locations))
		s, err := Build(w.plan, w.clients)
		if err != nil {
			t.Fatalf("building: %v", err)
		}
		w.s = s
		var snap *Snapshot
		for range 3 {
			st := w.randomState()
			snap = s.Publish(st, snap)
			if w.IntN(2) == 0 {
				snap = snap.Exact()
			}
			for range 20 {
				w.testDecision(t, snap, st, w.randomQuery())
			}
		}
	})
}

func (w *world) testDecision(t *testing.T, snap *Snapshot, st *State, q *Query) {
	t.Helper()
	var d Decision
	snap.Decide(q, &d)
	if set, reason := w.oracle(snap, q); d.Set != set || d.Reason != reason {
		t.Fatalf("%+v: Decide: set %d, %v; the law: set %d, %v", *q, d.Set, d.Reason, set, reason)
	}
	if got := snap.Explain(q).Outcome; got.Reason != d.Reason || got.TTL != d.TTL || got.Scope != d.Scope {
		t.Fatalf("%+v: Explain: %+v, Decide: %+v", *q, got, d)
	}
	if noAnswer := d.Reason >= ReasonNoMatch; (d.Set == NoSet) != noAnswer {
		t.Fatalf("%+v: %+v", *q, d)
	}
	if q.Client.Bits > 0 {
		inside := *q
		inside.Client = w.inside(q.Client.Addr, int(d.Scope))
		var e Decision
		if snap.Decide(&inside, &e); e != d {
			t.Fatalf("%v got %+v and %v inside its scope got %+v", q.Client, d, inside.Client, e)
		}
	}
	if d.Set == NoSet {
		return
	}
	for _, e := range snap.Set(d.Set).Endpoints {
		if st.Endpoints[e].Switch == Off {
			t.Fatalf("%+v: endpoint %d is off and answered", *q, e)
		}
	}
}

// FuzzPlan reads plans, right and wrong ones, in the words of the tables: what
// Check lets pass is built, published and answers by the law.
func FuzzPlan(f *testing.F) {
	f.Add(everyMethod)
	f.Add(chain(MaxDepth))
	f.Add(chain(MaxDepth + 1))
	f.Add("profile p Weighted")
	f.Add("profile p Geographic strict\n a @eu geo=WORLD,UK\n b >p geo=DE")
	f.Add("profile p Subnet\n a ::1 subnets=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n b 192.0.2.1 subnets=0.0.0.0-255.255.255.255")
	f.Add("profile a Priority flatten partial\n x www.example.\n y >b min=2 min6=1\nprofile b MultiValue return=10\n z ::2\n z ::2")
	f.Add("profile p Subnet\n a 192.0.2.1 subnets=::ffff:1.2.3.4-::ffff:1.2.3.9,fe80::1%x-fe80::2%y")
	clients := testClients(f)
	f.Fuzz(func(t *testing.T, sketch string) {
		if len(sketch) > 1<<12 {
			return
		}
		p, err := sketchPlan(sketch)
		if err != nil {
			return
		}
		refused := Check(p).Errors()
		s, err := Build(p, clients)
		if (err != nil) != (len(refused) > 0) {
			t.Fatalf("Check: %v; Build: %v", refused, err)
		}
		if err != nil {
			return
		}
		w := &world{Rand: newRand(uint64(len(sketch))), plan: p, clients: clients, s: s}
		st := s.NewState()
		for range 4 {
			snap := s.Publish(st, nil)
			for id := range p.Profiles {
				for range 5 {
					q := w.randomQuery()
					q.Profile = ProfileID(id)
					w.testDecision(t, snap, st, q)
				}
			}
			st = w.randomState()
		}
	})
}
