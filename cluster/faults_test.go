package cluster

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"meridian/internal/simnet"
)

// The scenarios are those of the reference text on faults, part B.

// B1: three and two nodes cannot reach each other for ten minutes. Both halves
// take writes; healed, all hold the same within 30 s and know each other within
// a minute.
func TestSplit(t *testing.T) {
	inBubble(t, 1, 5, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		w.net.Split(w.ips(0, 1, 2), w.ips(3, 4))
		for i := range 10 {
			w.nodes[0].write("a", 50)
			w.nodes[4].write("b", 50)
			w.nodes[i%5].write("both", 50)
			pass(time.Minute)
		}
		for i, want := range []int{3, 3, 3, 2, 2} {
			if got := w.nodes[i].states()[stateAlive]; got != want {
				t.Errorf("node %d sees %d alive, want %d", i, got, want)
			}
		}
		w.net.Heal()
		t.Logf("equal %v after the heal", w.within(30*time.Second, "equal", w.equal))
		t.Logf("whole %v after that", w.within(time.Minute, "whole", w.whole))
		for i, n := range w.nodes {
			if a, b := n.top("a").version.Minor, n.top("b").version.Minor; a != 10 || b != 10 {
				t.Errorf("node %d holds a=%d b=%d, want 10 each", i, a, b)
			}
		}
	})
}

// B2: a node is cut off for longer than membership remembers the dead.
func TestIsolationLongerThanMemory(t *testing.T) {
	for _, cut := range []time.Duration{time.Minute, 5 * time.Minute, 3 * time.Hour} {
		if testing.Short() && cut > time.Hour {
			continue
		}
		t.Run(cut.String(), func(t *testing.T) {
			inBubble(t, 2, 4, func(t *testing.T, w *world) {
				w.startAll()
				w.within(5*time.Second, "whole", w.whole)
				w.net.Split(w.ips(0), w.ips(1, 2, 3)) // the one that the others are configured to join
				pass(cut)
				if got := w.nodes[0].states(); got[stateAlive] != 1 || got[stateDead] != 3 {
					t.Errorf("cut off it sees %v, want itself alive and three dead", got)
				}
				w.nodes[0].write("k", 10)
				w.net.Heal()
				t.Logf("whole %v after the heal", w.within(time.Minute, "whole", w.whole))
				w.within(30*time.Second, "equal", w.equal)
			})
		})
	}
}

// B3: nothing passes from one node to another; the way back is open. Nobody
// fails, and the two know what is wrong.
func TestOneWayCut(t *testing.T) {
	inBubble(t, 3, 4, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		w.net.Cut(w.ips(1), w.ips(2))
		pass(10 * time.Minute)
		if _, failures, _ := w.tally(); failures > 0 || !w.whole() {
			t.Errorf("%d failures, whole: %v, want none and true", failures, w.whole())
		}
		w.nodes[1].write("k", 10)
		w.nodes[2].write("l", 40_000)
		w.within(10*time.Second, "equal", w.equal)
		for _, pair := range [][2]int{{1, 2}, {2, 1}} {
			if got := w.udp(pair[0], pair[1]); got == udpOK || got == udpUnknown {
				t.Errorf("node %d sees packets of %d as %q, want a fault", pair[0], pair[1], got)
			}
		}
		if got := w.udp(0, 1); got != udpOK {
			t.Errorf("node 0 sees packets of 1 as %q, want %q", got, udpOK)
		}
	})
}

// udp is what one node says of its packets with another.
func (w *world) udp(at, of int) string {
	for _, m := range w.nodes[at].cluster.Members() {
		if m.ID == w.nodes[of].id.ID() {
			return m.UDP
		}
	}
	return ""
}

// C6: everybody else is gone for a day. What is known is kept, what is written is
// not lost, the tries to reach them are few, and they are found again.
func TestAloneForADay(t *testing.T) {
	inBubble(t, 6, 3, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		w.nodes[1].write("before", 10)
		w.within(5*time.Second, "equal", w.equal)
		w.nodes[1].kill()
		w.nodes[2].kill()
		pass(12 * time.Hour)
		_, during := w.nodes[0].write("during", 10)
		_, _, sent := w.tally()
		pass(12 * time.Hour)
		_, _, all := w.tally()
		if got := all - sent; got > 3*12*60*60 {
			t.Errorf("%d packets in 12 hours alone, want at most three a second", got)
		}
		if got := w.nodes[0].top("before"); got == (stamp{}) {
			t.Error("what the others wrote is forgotten")
		}
		w.nodes[1].start()
		w.nodes[2].start()
		t.Logf("whole after %v", w.within(2*time.Minute, "whole", w.whole))
		w.within(20*time.Second, "equal", w.equal)
		if got := w.nodes[2].top("during"); got != during {
			t.Errorf("another node has %+v of what was written alone, want %+v", got, during)
		}
	})
}

// Packets pass one way only, streams both ways: each side says so.
func TestPacketsPassOneWay(t *testing.T) {
	inBubble(t, 4, 3, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		w.net.Change(w.ips(1), w.ips(2), func(l *simnet.Link) { l.NoPackets = true })
		w.within(time.Minute, "seen to pass one way", func() bool { return w.udp(1, 2) == udpOneWay && w.udp(2, 1) == udpOneWay })
		w.net.Heal()
		w.within(time.Minute, "seen to be well again", func() bool { return w.udp(1, 2) == udpOK && w.udp(2, 1) == udpOK })
	})
}

// B4: no packet reaches or leaves a node, streams do. It is named, nobody
// storms, it keeps up.
func TestPacketsBlocked(t *testing.T) {
	inBubble(t, 5, 5, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		pass(30 * time.Second)
		_, _, before := w.tally()
		pass(5 * time.Minute)
		_, _, calm := w.tally()
		block := func(l *simnet.Link) { l.NoPackets = true }
		w.net.Change(w.ips(1), w.ips(0, 2, 3, 4), block)
		w.net.Change(w.ips(0, 2, 3, 4), w.ips(1), block)
		pass(5 * time.Minute)
		suspicions, failures, blocked := w.tally()
		t.Logf("%d messages in 5 min, %d while blocked, %d suspicions, %d failures", calm-before, blocked-calm, suspicions, failures)
		if blocked-calm > 3*(calm-before) {
			t.Errorf("%d messages while blocked, want at most three times %d", blocked-calm, calm-before)
		}
		if suspicions > 300 || failures > 0 {
			t.Errorf("%d suspicions and %d failures in 5 min, want at most 300 and none", suspicions, failures)
		}
		for i := range w.nodes {
			if i != 1 && (w.udp(i, 1) != udpUnreachable || w.udp(1, i) != udpUnreachable) {
				t.Errorf("nodes %d and 1 say %q and %q of each other, want %q", i, w.udp(i, 1), w.udp(1, i), udpUnreachable)
			}
		}
		w.nodes[0].write("k", 10)
		t.Logf("a record is everywhere after %v", w.within(10*time.Second, "equal", w.equal))
		w.nodes[1].write("l", 10)
		w.within(10*time.Second, "equal", w.equal)
	})
}

// What no broadcast brought is brought by the exchange of digests.
func TestRepairOfLostBroadcasts(t *testing.T) {
	for _, size := range []int{10, 40_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			inBubble(t, 11, 5, func(t *testing.T, w *world) {
				w.startAll()
				w.within(5*time.Second, "whole", w.whole)
				pass(20 * time.Second) // ways are known
				for i := range 20 {
					if _, _, err := w.nodes[3].ledger.Write(w.nodes[3].id, fmt.Sprint(i), Version{1, 1}, make([]byte, size)); err != nil {
						t.Fatal(err)
					}
				}
				t.Logf("equal after %v", w.within(12*time.Second, "equal", w.equal))
			})
		})
	}
}

// B5: packets over 1200 bytes vanish.
func TestNarrowPath(t *testing.T) {
	inBubble(t, 6, 4, func(t *testing.T, w *world) {
		w.net.SetAll(simnet.Link{Delay: 20 * time.Millisecond, MTU: 1200})
		w.startAll()
		w.within(10*time.Second, "whole", w.whole)
		for i := range 40 {
			w.nodes[i%4].write(string(rune('a'+i%26)), 100+60*(i%20))
		}
		w.within(time.Minute, "equal", w.equal)
	})
}

// B6: a fifth of all packets vanish, the others take 50 to 350 ms.
func TestBadLinks(t *testing.T) {
	inBubble(t, 7, 5, func(t *testing.T, w *world) {
		w.net.SetAll(simnet.Link{Delay: 50 * time.Millisecond, Jitter: 300 * time.Millisecond, Loss: 0.2})
		w.startAll()
		w.within(30*time.Second, "whole", w.whole)
		hours := 1.0
		if testing.Short() {
			hours = 0.2
		}
		pass(time.Duration(hours * float64(time.Hour)))
		_, failures, _ := w.tally()
		t.Logf("%d failures seen in %.0f node-hours", failures, 5*hours)
		if failures > int(5*4*hours) { // each false failure is seen by four
			t.Errorf("%d failures seen, want at most one a node-hour", failures)
		}
		w.nodes[1].write("k", 10)
		w.within(10*time.Second, "equal", w.equal)
	})
}

// B11: the goodbye of a node, recorded, is sent again and again after it is
// back.
func TestReplayedGoodbye(t *testing.T) {
	inBubble(t, 8, 4, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		var mu sync.Mutex
		var taped [][]byte
		w.net.Watch(func(_, _ string, packet []byte) {
			mu.Lock()
			defer mu.Unlock()
			taped = append(taped, slices.Clone(packet))
		})
		if err := w.nodes[2].cluster.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		w.net.Watch(nil)
		mu.Lock()
		defer mu.Unlock()
		w.nodes[2].kill()
		w.nodes[2].start()
		w.within(30*time.Second, "whole", w.whole)
		w.nodes[2].write("k", 10)
		w.within(5*time.Second, "equal", w.equal)
		stranger, err := w.net.Host("10.0.9.9").ListenPacket(":7946")
		if err != nil {
			t.Fatal(err)
		}
		defer stranger.Close()
		for range 20 {
			for _, packet := range taped {
				for _, n := range w.nodes {
					stranger.WriteTo(packet, n.cluster.transport.packets.LocalAddr())
				}
			}
			pass(time.Second)
		}
		w.within(10*time.Second, "whole", w.whole)
		if !w.equal() || w.nodes[0].top("k").version.Minor != 1 {
			t.Errorf("a replay changed what is held: %s", w.summary())
		}
	})
}

// B15: a copy of a running node elsewhere is not taken for it; a rebuilt node at
// a new address is.
func TestAddressOfANode(t *testing.T) {
	inBubble(t, 9, 4, func(t *testing.T, w *world) {
		clone := w.settle(7, w.nodes[3].id)
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		addressAt := func() string {
			for _, m := range w.nodes[0].cluster.Members() {
				if m.ID == clone.id.ID() {
					return m.State + " " + m.Address
				}
			}
			return ""
		}
		clone.start()
		defer func() {
			if clone.runs() {
				clone.kill()
			}
		}()
		for range 60 {
			pass(time.Second)
			if got := addressAt(); got != "alive 10.0.0.4:7946" {
				t.Fatalf("with a copy elsewhere the node is %s, want where it was", got)
			}
		}
		w.nodes[3].kill()
		took := w.within(30*time.Second, "taken over by the copy", func() bool { return addressAt() == "alive 10.0.0.8:7946" })
		t.Logf("the copy is taken for the node %v after its end", took)
	})
}

// Keys are rotated under traffic: add, use, remove. Nobody is lost, and what the
// old key sealed is refused afterwards.
func TestKeyRotation(t *testing.T) {
	inBubble(t, 10, 4, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		key := slices.Repeat([]byte{9}, 32)
		old := w.nodes[0].cluster.Keys().Fingerprints()[0]
		now := Fingerprint(key)
		steps := []func(*KeyRing) error{
			func(r *KeyRing) error { _, err := r.AddKey(key); return err },
			func(r *KeyRing) error { return r.UseKey(now) },
			func(r *KeyRing) error { return r.RemoveKey(old) },
		}
		for _, step := range steps {
			for i, n := range w.nodes {
				if err := step(n.cluster.Keys()); err != nil {
					t.Fatal(err)
				}
				w.nodes[(i+1)%4].write("k", 10)
				pass(2 * time.Second)
			}
		}
		w.within(10*time.Second, "equal", w.equal)
		suspicions, failures, _ := w.tally()
		if suspicions+failures > 0 || !w.whole() {
			t.Errorf("%d suspicions, %d failures, whole: %v", suspicions, failures, w.whole())
		}
		if got := w.nodes[0].cluster.Keys().Fingerprints(); !slices.Equal(got, []string{now}) {
			t.Errorf("keys %v, want %s only", got, now)
		}
	})
}
