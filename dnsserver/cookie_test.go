package dnsserver

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// TestSipHash checks SipHash-2-4 against the vector of its paper.
func TestSipHash(t *testing.T) {
	var key [16]byte
	data := make([]byte, 15)
	for i := range key {
		key[i] = byte(i)
	}
	for i := range data {
		data[i] = byte(i)
	}
	if got, want := sipHash24(&key, data), uint64(0xa129ca6149be45e5); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func secretOf(t *testing.T, s string) CookieSecret {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 16 {
		t.Fatalf("secret %q: %v", s, err)
	}
	return CookieSecret(b)
}

// TestCookieVectors runs RFC 9018 appendix A: the reply's cookie for a query's.
func TestCookieVectors(t *testing.T) {
	const first = "e5e973e5a6b2a43f48e7dc849e37bfcf"
	for _, c := range []struct {
		name, client, query string
		now                 int64
		current, other      string
		want                string
	}{
		{"A1 learning", "198.51.100.100", "2464c4abcf10c957", 1559731985, first, "", "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
		{"A2 renewing after 40 minutes", "198.51.100.100", "2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559734385, first, "", "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"},
		{"A3 reserved octets set", "203.0.113.203", "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559734700, first, "", "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
		{"A4 IPv6, rolled secret", "2001:db8:220:1:59de:d0f4:8769:82b8", "22681ab97d52c298010000005cf7c57926556bd0934c72f8", 1559741961, "445536bcd2513298075a5d379663c962", "dd3bdf9344b678b185a6f5cb60fca715", "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := testOptions()
			o.Cookies = CookieSecrets{Current: secretOf(t, c.current)}
			if c.other != "" {
				o.Cookies.Others = []CookieSecret{secretOf(t, c.other)}
			}
			w := newTestWorker(t, o, newWorld(t).view)
			query, err := dnstest.Query("A single.gtm.test. +cookie=" + c.query)
			if err != nil {
				t.Fatal(err)
			}
			client := netip.MustParseAddr(c.client)
			if c.name[:2] != "A1" {
				cookie, _ := hex.DecodeString(c.query)
				// The cookie of A3 has expired when it is sent; its hash holds all the same.
				if valid, _ := w.secrets().check(cookie, client, binary.BigEndian.Uint32(cookie[12:])); !valid {
					t.Errorf("the query's cookie is not accepted")
				}
			}
			reply := w.respond(nil, query, Peer{client, UDP}, time.Unix(c.now, 0))
			got, _ := dnstest.Option(reply, optCookie)
			if hex.EncodeToString(got) != c.want {
				t.Errorf("got %x, want %s", got, c.want)
			}
		})
	}
}

// TestCookieAge checks the bounds of RFC 9018 §4.3.
func TestCookieAge(t *testing.T) {
	s := CookieSecrets{Current: CookieSecret([]byte(testSecret))}
	client, now := netip.MustParseAddr("192.0.2.7"), uint32(1_000_000)
	cookie := s.makeCookie([]byte("12345678"), client, now)
	for _, c := range []struct {
		at           int32
		valid, fresh bool
	}{
		{0, true, true},
		{1800, true, true},
		{1801, true, false},
		{3600, true, false},
		{3601, false, false},
		{-300, true, true},
		{-301, false, false},
	} {
		if valid, fresh := s.check(cookie[:], client, now+uint32(c.at)); valid != c.valid || fresh != c.fresh {
			t.Errorf("after %d s: got %v, %v, want %v, %v", c.at, valid, fresh, c.valid, c.fresh)
		}
	}
	if valid, _ := s.check(cookie[:], netip.MustParseAddr("192.0.2.8"), now); valid {
		t.Error("a cookie is accepted from another address")
	}
	cookie[8] = 2
	if valid, _ := s.check(cookie[:], client, now); valid {
		t.Error("a cookie of version 2 is accepted")
	}
}

// TestCookieSecretsOverlap checks that a secret may be rolled without a client
// noticing.
func TestCookieSecretsOverlap(t *testing.T) {
	s := startServer(t, testOptions(), newWorld(t).view)
	old := *s.cookies.Load()
	cookie := old.makeCookie([]byte("12345678"), netip.MustParseAddr("192.0.2.7"), 1000)
	s.SetCookies(CookieSecrets{Current: CookieSecret{1}, Others: []CookieSecret{old.Current}})
	if valid, fresh := s.cookies.Load().check(cookie[:], netip.MustParseAddr("192.0.2.7"), 1000); !valid || fresh {
		t.Errorf("got %v, %v, want the old cookie to be valid and renewed", valid, fresh)
	}
}
