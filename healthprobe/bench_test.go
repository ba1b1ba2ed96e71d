package healthprobe

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"meridian/routing"
)

// Ruling about 1,000 targets with rows of 9 and of 100 observers.
func BenchmarkRule(b *testing.B) {
	for _, observers := range []int{1, 9, 100} {
		b.Run(fmt.Sprintf("observers=%d", observers), func(b *testing.B) {
			var c Council
			var subjects []Subject
			var seats []routing.LocationName
			row := Row{Boot: 1, N: 1}
			for i := range 1000 {
				id := TargetID(fmt.Sprintf("t%04d", i))
				row.Entries = append(row.Entries, Entry{Target: id, Health: routing.Up, Answered: true})
				subjects = append(subjects, Subject{Target: id, Interval: 10 * time.Second})
			}
			for i := range observers {
				row.Observer, row.Location = fmt.Sprintf("n%03d", i), seat(i/3)
				if i%3 == 0 {
					seats = append(seats, row.Location)
				}
				if _, err := c.Hear(epochStart(), row); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				c.Rule(epochStart(), seats, true, subjects)
			}
		})
	}
}

// One HTTP probe of an answering target, without the network.
func BenchmarkProbe(b *testing.B) {
	target := httpTarget(netip.MustParseAddrPort("192.0.2.1:80"))
	p := NewNetProber(ProberOptions{Dialer: answering([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))})
	b.ReportAllocs()
	for b.Loop() {
		if got := p.Probe(b.Context(), target); !got.OK() {
			b.Fatalf("got %+v", got)
		}
	}
}
