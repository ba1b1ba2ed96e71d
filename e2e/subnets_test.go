//go:build linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// throughSubnetCache asks unbound, which passes client subnets on and keeps
// answers per scope, from addresses of several countries.
func (w *world) throughSubnetCache(t *testing.T) {
	u := upstream{number: "28"}
	// What is counted below is questions, so none may be asked again because the
	// answer to it comes late.
	more := "  infra-cache-min-rtt: 10000\n  client-subnet-always-forward: yes\n  max-client-subnet-ipv4: 24\n  max-client-subnet-ipv6: 56\n"
	for _, n := range []string{atNS1, atNS2} {
		more += fmt.Sprintf("  send-client-subnet: %s\n  send-client-subnet: %s\n", v4(n), v6(n))
	}
	w.unbound(t, u, "subnetcache iterator", more)
	w.nearest(t, u)
	w.cached(t, u)
}

// asked asks the resolver with a client's address as source.
func (w *world) asked(t *testing.T, u upstream, client, name, rrtype string) string {
	t.Helper()
	server := v4(u.number)
	if strings.Contains(client, ":") {
		server = v6(u.number)
	}
	return strings.TrimSpace(w.dig(t, "-b", client, "@"+server, "+short", rrtype, name))
}

// nearest wants each client to get what its own network is due.
func (w *world) nearest(t *testing.T, u upstream) {
	for who, want := range map[string]string{
		"Germany": "198.51.100.12", "Germany, another /24": "198.51.100.12", "USA": "198.51.100.11", "USA, next /24": "198.51.100.11",
		"Japan": "198.51.100.13", "office": "198.51.100.13", "Germany v6": "198.51.100.12", "USA v6": "198.51.100.11",
	} {
		for range 2 { // from the name server, then from the cache
			if got := w.asked(t, u, clients()[who], "performance.gtm.test", "A"); got != want {
				t.Errorf("performance for %s: got %s, want %s", who, got, want)
			}
		}
	}
	for who, want := range map[string]string{"office": "198.51.100.62", "Germany": "198.51.100.63", "USA": "198.51.100.63"} {
		if got := w.asked(t, u, clients()[who], "subnet.gtm.test", "A"); got != want {
			t.Errorf("subnet for %s: got %s, want %s", who, got, want)
		}
	}
	for who, want := range map[string]string{"Germany": "198.51.100.41", "USA": "198.51.100.43", "Japan": "198.51.100.44", "USA v6": "198.51.100.43"} {
		if got := w.asked(t, u, clients()[who], "geographic.gtm.test", "A"); got != want {
			t.Errorf("geographic for %s: got %s, want %s", who, got, want)
		}
	}
}

// cached wants the resolver to ask again only for clients outside of a scope it
// knows.
func (w *world) cached(t *testing.T, u upstream) {
	first := clients()["USA"]
	line := "A contoso.gtm.test +subnet=" + networkOf(first)
	scope := scopeOf(t, w.ask(t, at(atNS1), line).text)
	w.asked(t, u, first, "contoso.gtm.test", "A")
	for _, c := range []struct {
		who   string
		again uint64 // questions it takes
	}{
		{"USA, neighbour", 0}, {"USA, next /24", missing64(!within(first, clients()["USA, next /24"], min(scope, 24)))}, {"Germany", 1}, {"Germany", 0},
	} {
		before := w.queries(t)
		w.asked(t, u, clients()[c.who], "contoso.gtm.test", "A")
		if got := w.queries(t) - before; got != c.again {
			t.Errorf("scope /%d around %s, asked from %s (%s): the resolver sent %d questions, want %d", scope, first, clients()[c.who], c.who, got, c.again)
		}
	}
}

func missing64(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

func within(a, b string, bits int) bool {
	return netip.PrefixFrom(netip.MustParseAddr(a), bits).Contains(netip.MustParseAddr(b))
}

// queries counts what both name servers have been asked.
func (w *world) queries(t *testing.T) uint64 {
	t.Helper()
	return w.servers[0].status(t).Queries + w.servers[1].status(t).Queries
}

// scopeOf reads the scope of a reply: the octet behind the source length.
func scopeOf(t *testing.T, text string) int {
	t.Helper()
	_, rest, ok := strings.Cut(text, "subnet=")
	if !ok {
		t.Fatalf("no client subnet in\n%s", text)
	}
	var scope int
	word, _, _ := strings.Cut(rest, " ")
	word = strings.TrimSpace(word)
	if _, err := fmt.Sscanf(word[strings.LastIndex(word, "/")+1:], "%d", &scope); err != nil {
		t.Fatalf("client subnet %q: %v", word, err)
	}
	return scope
}
