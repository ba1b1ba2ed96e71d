package breaker

import (
	"testing"
	"time"
)

// rules are the two kinds of rule, as they stand in documents.
func rules() map[string]Rule {
	share := seedRule()
	share.Count, share.Percentage = 0, 50
	return map[string]Rule{"count": seedRule(), "percentage": share}
}

func BenchmarkAdmitRecord(b *testing.B) {
	for name, r := range rules() {
		b.Run(name, func(b *testing.B) {
			br, now := New(r), time.Unix(1_700_000_000, 0)
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Millisecond)
				p, _ := br.Admit(now, 0)
				br.Record(p, Outcome{Status: 200}, now)
			}
		})
	}
}

// A closed breaker costs no allocation, whether attempts fail or not.
func TestClosedAllocatesNothing(t *testing.T) {
	for name, r := range rules() {
		r.Count, r.MinimumVolume = r.Count*1000, 1<<30
		br, now := New(r), time.Unix(1_700_000_000, 0)
		got := testing.AllocsPerRun(1000, func() {
			now = now.Add(time.Second)
			p, _ := br.Admit(now, 0)
			br.Record(p, Outcome{Status: 200}, now)
			p, _ = br.Admit(now, 0)
			br.Record(p, Outcome{Status: 503, Detail: "no capacity"}, now)
		})
		if got != 0 || br.Status(now).State != Closed {
			t.Errorf("%s: got %v allocations, state %s", name, got, br.Status(now).State)
		}
	}
}
