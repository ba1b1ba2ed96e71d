package dnsserver

import (
	"fmt"
	"net"
	"testing"
	"time"

	"meridian/dnswire"
	"meridian/routing"
)

// benchmarkLines are the queries whose cost is of interest.
func benchmarkLines() []string {
	return []string{
		"A single.gtm.test.", "A contoso.gtm.test. +subnet=81.0.0.0/24",
		"A contoso.gtm.test. +subnet=81.0.0.0/24 +cookie=2464c4abcf10c957010000005cf79f111f8130c3eee29480",
		"A single.gtm.test. +noedns", "HTTPS contoso.gtm.test. +subnet=81.0.0.0/24", "A alias.gtm.test.",
		"AAAA single.gtm.test.", "A random.nx.gtm.test.", "A chain1.gtm.test.", "A host.sub.gtm.test.", "A other.example.",
		"TXT x.y.wild.gtm.test.",
	}
}

// TestRespondAllocatesNothing covers every kind of reply a resolver causes.
func TestRespondAllocatesNothing(t *testing.T) {
	w := newTestWorker(t, limited(1e6, 1e6), newWorld(t).view)
	now := time.Unix(1559731985, 0)
	for _, line := range append(benchmarkLines(), "A multi.gtm.test.", "A off.gtm.test.", "NS gtm.test.", "A single.gtm.test. +edns=1") {
		query, buf := mustQuery(t, line), make([]byte, 0, maxUDP)
		if got := testing.AllocsPerRun(200, func() { w.respond(buf, query, someClient(UDP), now) }); got != 0 {
			t.Errorf("%s: got %v allocations, want none", line, got)
		}
	}
}

// BenchmarkRespond is the handler alone: octets in, octets out.
func BenchmarkRespond(b *testing.B) {
	view := newWorld(b).view
	now := time.Unix(1559731985, 0)
	for _, line := range benchmarkLines() {
		b.Run(line, func(b *testing.B) {
			w := newTestWorker(b, unlimited(), view)
			query, buf := mustQuery(b, line), make([]byte, 0, maxUDP)
			peer := someClient(UDP)
			b.ReportAllocs()
			for b.Loop() {
				w.respond(buf, query, peer, now)
			}
		})
	}
}

// BenchmarkNames is one query against zones of 10 to 100,000 names.
func BenchmarkNames(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			world := newWorld(b)
			z := world.content.Zones[0]
			profiles := map[dnswire.Name]routing.ProfileID{}
			for i := range n {
				profiles[dnswire.Name(fmt.Sprintf("n%d.gtm.test.", i))] = routing.ProfileID(i % 2)
			}
			z.Profiles = profiles
			world.content.Zones = []Zone{z}
			view, err := Build(world.content, nil)
			if err != nil {
				b.Fatal(err)
			}
			w := newTestWorker(b, unlimited(), view)
			queries := make([][]byte, 1024)
			for i := range queries {
				queries[i] = mustQuery(b, fmt.Sprintf("A n%d.gtm.test. +subnet=81.0.%d.0/24", i*7919%n, i%256))
			}
			buf, i := make([]byte, 0, maxUDP), 0
			b.ReportAllocs()
			for b.Loop() {
				w.respond(buf, queries[i%len(queries)], someClient(UDP), time.Unix(1000, 0))
				i++
			}
		})
	}
}

// BenchmarkBuild is what a change of health costs here.
func BenchmarkBuild(b *testing.B) {
	world := newWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(world.content, world.view); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUDP is a round trip over loopback, the client's half included.
func BenchmarkUDP(b *testing.B) {
	s := startServer(b, testOptions(), newWorld(b).view)
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.Addrs()[0]))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		b.Fatal(err)
	}
	query, buf := mustQuery(b, "A contoso.gtm.test. +subnet=81.0.0.0/24"), make([]byte, maxUDP)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := conn.Write(query); err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
}
