package limit

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// BenchmarkTake is a limit that lets everything pass, by how many peers there
// are and whether callers share a key.
func BenchmarkTake(b *testing.B) {
	for _, peers := range []int{0, 2} {
		for _, keys := range []int{1, 1024} {
			b.Run(fmt.Sprintf("peers=%d/keys=%d", peers, keys), func(b *testing.B) {
				l, now := New(Options{}), time.Now()
				for i := range peers {
					if err := l.Merge(fmt.Sprint(i), []byte{version}, now); err != nil {
						b.Fatal(err)
					}
				}
				names := make([]string, keys)
				for i := range names {
					names[i] = fmt.Sprintf("203.0.113.%d", i)
				}
				var step atomic.Int64
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for i := int(step.Add(7)); pb.Next(); i++ {
						l.Take(names[i%keys], 1000, time.Second, 1, now)
					}
				})
			})
		}
	}
}

// BenchmarkUsage is one exchange of many keys.
func BenchmarkUsage(b *testing.B) {
	l, now := New(Options{}), time.Now()
	for i := range 10_000 {
		l.Take(fmt.Sprint(i), 1000, time.Hour, 1, now)
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Usage(now)
	}
}

// A call on a known key costs no allocation.
func TestTakeAllocatesNothing(t *testing.T) {
	l, now := New(Options{}), time.Now()
	if err := l.Merge("b", []byte{version}, now); err != nil {
		t.Fatal(err)
	}
	step := time.Duration(0)
	got := testing.AllocsPerRun(2000, func() {
		step += time.Millisecond
		l.Take("k", 100, 100*time.Millisecond, 1, now.Add(step))
	})
	if got != 0 {
		t.Errorf("got %v allocations", got)
	}
}

func TestCollect(t *testing.T) {
	l := New(Options{})
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(l); err != nil {
		t.Fatal(err)
	}
	l.Take("k", 1, time.Minute, 1, time.Now())
	if err := l.Merge("b", []byte{version}, time.Now()); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		got[f.GetName()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
	}
	for name, want := range map[string]float64{"meridian_limit_keys": 1, "meridian_limit_peers": 1, "meridian_limit_evicted_keys_total": 0} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s: got %v, %v, want %v", name, v, ok, want)
		}
	}
}
