package dnsserver

import (
	"net/netip"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// flood sends n queries within a second and counts the replies.
func flood(t *testing.T, w *worker, query string, peer func(i int) Peer, n int) (full, cut, badCookie, none int) {
	t.Helper()
	msg := mustQuery(t, query)
	start := time.Unix(1559731985, 0)
	for i := range n {
		reply := w.respond(nil, msg, peer(i), start.Add(time.Duration(i)*time.Second/time.Duration(n)))
		switch {
		case len(reply) == 0:
			none++
		case reply[2]&2 != 0:
			cut++
		case reply[3]&15 == 7: // BADCOOKIE is 23: the low bits
			badCookie++
		default:
			full++
		}
	}
	return full, cut, badCookie, none
}

func limited(answers, denials int) Options {
	o := testOptions()
	o.RateLimit = RateLimit{Answers: answers, Denials: denials, Slots: 1 << 16}
	return o
}

// TestRateLimit floods from one network with changing addresses: after what it
// had in hand and its rate, half of the replies are TC, the others are kept
// back.
func TestRateLimit(t *testing.T) {
	w := newTestWorker(t, limited(100, 50), newWorld(t).view)
	from := func(i int) Peer {
		return Peer{netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), UDP}
	}
	full, cut, _, none := flood(t, w, "A single.gtm.test.", from, 10_000)
	if full < 190 || full > 205 {
		t.Errorf("got %d answers, want about 200: a second's worth in hand and a second's worth", full)
	}
	if diff := cut - none; diff < -400 || diff > 400 {
		t.Errorf("got %d cut and %d kept back, want about as many", cut, none)
	}
	full, _, _, _ = flood(t, w, "A nx.gtm.test.", from, 10_000)
	if full < 95 || full > 105 {
		t.Errorf("denials: got %d, want about 100, counted apart from answers", full)
	}
	other := func(int) Peer { return Peer{netip.MustParseAddr("192.0.3.1"), UDP} }
	if full, _, _, _ := flood(t, w, "A single.gtm.test.", other, 50); full != 50 {
		t.Errorf("another network: got %d answers of 50", full)
	}
}

// TestRateLimitExempts lets through those who have proved their address, and
// the networks that are exempt.
func TestRateLimitExempts(t *testing.T) {
	client := netip.MustParseAddr("198.51.100.100")
	const valid = "A single.gtm.test. +cookie=2464c4abcf10c957010000005cf79f111f8130c3eee29480"
	for _, c := range []struct {
		name, query string
		peer        Peer
	}{
		{"valid cookie", valid, Peer{client, UDP}},
		{"tcp", "A single.gtm.test.", Peer{client, TCP}},
		{"loopback", "A single.gtm.test.", Peer{netip.MustParseAddr("127.0.0.9"), UDP}},
		{"IPv6 loopback", "A single.gtm.test.", Peer{netip.IPv6Loopback(), UDP}},
	} {
		w := newTestWorker(t, limited(10, 10), newWorld(t).view)
		if full, _, _, _ := flood(t, w, c.query, func(int) Peer { return c.peer }, 1000); full != 1000 {
			t.Errorf("%s: got %d answers of 1000", c.name, full)
		}
	}
}

// TestBadCookie offers a client with a cookie that is not ours a good one
// instead of TC, and lets it through with that.
func TestBadCookie(t *testing.T) {
	w := newTestWorker(t, limited(10, 10), newWorld(t).view)
	peer := Peer{netip.MustParseAddr("203.0.113.9"), UDP}
	full, cut, bad, none := flood(t, w, "A single.gtm.test. +cookie=2464c4abcf10c957", func(int) Peer { return peer }, 1000)
	if full > 25 || cut != 0 || bad < 400 || none < 400 {
		t.Errorf("got %d answers, %d cut, %d BADCOOKIE, %d kept back", full, cut, bad, none)
	}
	var cookie []byte
	now := time.Unix(1559731986, 0)
	for cookie == nil {
		cookie, _ = dnstest.Option(w.respond(nil, mustQuery(t, "A single.gtm.test. +cookie=2464c4abcf10c957"), peer, now), optCookie)
	}
	query := mustQuery(t, "A single.gtm.test. +cookie=2464c4abcf10c957")
	query = append(query[:len(query)-14], 0, 28, 0, 10, 0, 24)
	query = append(query, cookie...)
	if reply := w.respond(nil, query, peer, now); len(reply) == 0 || reply[3]&15 != 0 || reply[2]&2 != 0 {
		t.Errorf("with the cookie given: got %x, want an answer", reply)
	}
}

// TestRateLimitNetworks tells /24 and /56 apart, and nothing finer.
func TestRateLimitNetworks(t *testing.T) {
	l := newLimiter(limited(1, 1).RateLimit, time.Unix(0, 0))
	now := time.Unix(100, 0)
	use := func(addr string) bool { return l.allow(netip.MustParseAddr(addr), classPositive, now) }
	for _, c := range []struct {
		addr string
		want bool
	}{
		{"192.0.2.1", true},
		{"192.0.2.2", true},
		{"192.0.2.200", false},
		{"192.0.3.1", true},
		{"2001:db8:1:100::1", true},
		{"2001:db8:1:1ff::1", true},
		{"2001:db8:1:100::3", false},
		{"2001:db8:1:200::1", true},
	} {
		if got := use(c.addr); got != c.want {
			t.Errorf("%s: got %v, want %v", c.addr, got, c.want)
		}
	}
	now = now.Add(3 * time.Second)
	if !use("192.0.2.1") {
		t.Error("3 s later: still limited")
	}
}
