//go:build linux

package main

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"meridian/bench/rig"
)

// answer makes the reply of a right server to a query: one address, the OPT
// record back with a scope.
func answer(query []byte, rcode byte, addr netip.Addr, scope byte) []byte {
	end := questionEnd(query)
	reply := append([]byte{}, query[:end]...)
	reply[2], reply[3] = 0x84, rcode
	if addr.IsValid() {
		a := addr.As4()
		reply = append(reply, 0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 30, 0, 4, a[0], a[1], a[2], a[3])
		binary.BigEndian.PutUint16(reply[6:], 1)
	} else {
		reply = append(reply, 0, 0, 6, 0, 1, 0, 0, 0, 30, 0, 0)
		binary.BigEndian.PutUint16(reply[8:], 1)
	}
	opt := append([]byte{}, query[end:]...)
	if len(opt) > 11 {
		opt[18] = scope
	}
	return append(reply, opt...)
}

func TestJudge(t *testing.T) {
	all := roles()
	static, nx, performance := questions(all[0], zone, 1, 1)[0], questions(all[1], zone, 1, 1)[0], questions(all[3], zone, 1, 1)[0]
	staticAnswer := answer(static.wire, 0, netip.AddrFrom4(static.addrs[0]), 0)
	for _, c := range []struct {
		name   string
		q      question
		reply  []byte
		want   verdict
		scoped bool
	}{
		{"static", static, staticAnswer, right, false},
		{"another's address", static, answer(static.wire, 0, netip.MustParseAddr("192.0.2.1"), 0), wrongAnswer, false},
		{"no data", static, answer(static.wire, 0, netip.Addr{}, 0), wrongAnswer, false},
		{"refused", static, answer(static.wire, 5, netip.Addr{}, 0), wrongRcode, false},
		{"cut", static, staticAnswer[:len(staticAnswer)-14], malformed, false},
		{"a query", static, static.wire, malformed, false},
		{"no such name", nx, answer(nx.wire, 3, netip.Addr{}, 0), right, false},
		{"a wildcard", nx, answer(nx.wire, 0, siteAddr(0), 0), wrongRcode, false},
		{"scoped", performance, answer(performance.wire, 0, siteAddr(19), 18), right, true},
		{"unscoped", performance, answer(performance.wire, 0, siteAddr(0), 0), right, false},
		{"no site", performance, answer(performance.wire, 0, siteAddr(20), 18), wrongAnswer, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if v, scoped := judge(&c.q, c.reply); v != c.want || scoped != c.scoped {
				t.Errorf("got %v, scoped %v, want %v, %v", v, scoped, c.want, c.scoped)
			}
		})
	}
}

// TestFloorIsRight keeps the bottom line honest: it has to answer what the
// servers answer.
func TestFloorIsRight(t *testing.T) {
	for _, q := range questions(roles()[0], zone, 200, 3) {
		buf := append(make([]byte, 0, maxReply), q.wire...)
		if v, _ := judge(&q, floorReply(buf)); v != right {
			t.Fatalf("got %v for %x", v, q.wire)
		}
	}
}

// TestVerdict tells a run that counts from one that does not.
func TestVerdict(t *testing.T) {
	x := trial{role: roles()[0]}
	for _, c := range []struct {
		sent, lost, wrong uint64
		bad               bool
	}{{1000, 0, 0, false}, {1000, 20, 0, false}, {1000, 21, 0, true}, {1000, 0, 1, true}} {
		r := &report{}
		s := sample{tally: tally{sent: c.sent, lost: c.lost}}
		s.wrong[wrongAnswer] = c.wrong
		r.add(x, &server{Server: &rig.Server{}}, s)
		if err := r.verdict(); (err != nil) != c.bad {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

func TestQuestionsDependOnTheSeedOnly(t *testing.T) {
	for _, r := range roles() {
		one, two, other := questions(r, zone, 50, 7), questions(r, zone, 50, 7), questions(r, zone, 50, 8)
		same := 0
		for i := range one {
			if string(one[i].wire) != string(two[i].wire) {
				t.Fatalf("%s: question %d differs between two draws with one seed", r.name, i)
			}
			if string(one[i].wire) == string(other[i].wire) {
				same++
			}
		}
		if r.name != "priority" && same == len(one) {
			t.Errorf("%s: another seed asks the same", r.name)
		}
	}
}

// TestLoad runs the generator against a server that answers every tenth query
// wrongly and every eleventh not at all.
func TestLoad(t *testing.T) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	asked := questions(roles()[0], zone, 1, 1)
	done := make(chan uint64)
	go func() { done <- serveBadly(conn, netip.AddrFrom4(asked[0].addrs[0])) }()
	l, err := newLoad(conn.LocalAddr().(*net.UDPAddr).AddrPort(), asked, 2, 64)
	if err != nil {
		t.Fatal(err)
	}
	got, err := l.paced(100*time.Millisecond, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	seen := <-done
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	if got.sent != 100 || seen != 100 || got.answered+got.lost != got.sent || got.lost != 9 || got.wrong[wrongAnswer] == 0 || got.wrong[right] == 0 || got.latency.Total() != got.answered {
		t.Errorf("got %d sent, %d answered, %d lost, %v by verdict, %d latencies; the server saw %d", got.sent, got.answered, got.lost, got.wrong, got.latency.Total(), seen)
	}
}

// serveBadly answers until conn is closed and returns how many queries came.
func serveBadly(conn *net.UDPConn, addr netip.Addr) (n uint64) {
	buf := make([]byte, maxReply)
	for {
		size, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return n
		}
		n++
		reply := answer(buf[:size], 0, addr, 0)
		switch {
		case n%11 == 0:
			continue
		case n%10 == 0:
			reply = answer(buf[:size], 0, addr.Next(), 0)
		}
		_, _ = conn.WriteToUDPAddrPort(reply, from) // the client may be gone
	}
}

func TestSettingsDefyMistakes(t *testing.T) {
	for _, args := range []string{"-rounds 0", "-window 257", "-duration 1ms", "-rate 1", "-server-cpu 4096"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s: accepted", args)
		}
	}
}

// TestNearest pins the countries whose site nobody would dispute.
func TestNearest(t *testing.T) {
	want := map[string]string{"JP": "japaneast", "BR": "brazilsouth", "IE": "northeurope", "NL": "westeurope", "SG": "southeastasia", "AU": "australiaeast", "ZA": "southafricanorth"}
	for _, c := range countries() {
		if s := want[c.code]; s != "" && sites()[nearest(c)].label != s {
			t.Errorf("%s: got %s, want %s", c.code, sites()[nearest(c)].label, s)
		}
	}
}
