package cluster

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// An outsider with the gossip key sends a good record again and says that it is
// an hour old: nobody believes it where the kind has to be proved, and records
// still get to everybody, the one included who was away.
func TestAgeClaimedByAnOutsider(t *testing.T) {
	inBubble(t, 31, 4, func(t *testing.T, w *world) {
		outsider := w.nodes[3]
		w.alter = func(o *Options) {
			if o.Identity.ID() != outsider.id.ID() {
				o.Proved = []Kind{stampKind}
			}
		}
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		message, _ := w.nodes[0].write("k", 10)
		w.within(5*time.Second, "equal", w.equal)
		_, raw, err := cutMessage(message)
		if err != nil {
			t.Fatal(err)
		}
		letter := recordsLetter(item{stampKind, appendMessage(nil, time.Hour, raw)})
		for range 5 {
			for _, n := range w.nodes[:3] {
				outsider.cluster.gossip.toss(n.id.ID(), letter)
				if err := outsider.cluster.gossip.bring(n.id.ID(), letter); err != nil {
					t.Fatal(err)
				}
			}
			pass(time.Second)
		}
		w.nodes[2].kill()
		w.nodes[1].write("late", 10)
		pass(time.Second)
		w.nodes[2].start()
		w.within(10*time.Second, "equal", w.equal)
		for i, n := range w.nodes[:3] {
			if got := n.ledger.Of("k")[0].Record.Age; got > time.Minute {
				t.Errorf("node %d takes the record for %v old, want seconds", i, got)
			}
			if got := testutil.ToFloat64(n.cluster.gossip.metrics.refusedRecords.WithLabelValues("unproved")); i < 2 && got < 10 {
				t.Errorf("node %d refused %v unproved records, want 10", i, got)
			}
		}
	})
}
