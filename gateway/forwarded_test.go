package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestForwardingFields: who is believed, who the client is, and what Local is
// told. The client of the test is 127.0.0.1.
func TestForwardingFields(t *testing.T) {
	front := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	type told struct{ For, Proto, Host, Forwarded, Client string }
	plain := told{For: "127.0.0.1", Proto: "http", Host: "api.contoso.com", Forwarded: `for="127.0.0.1";host="api.contoso.com";proto=http`, Client: "127.0.0.1"}
	for name, c := range map[string]struct {
		trusted []netip.Prefix
		sent    http.Header
		want    told
	}{
		"nothing": {nil, nil, plain},
		"claims of an untrusted client are replaced": {
			nil,
			http.Header{"X-Forwarded-For": {"192.0.2.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}, "Forwarded": {"for=1.2.3.4"}, "X-Forwarded-Port": {"1"}, "X_forwarded_for": {"1.2.3.4"}},
			plain,
		},
		"a trusted front end that says nothing": {front, nil, plain},
		"the rightmost hop that is not trusted": {
			front,
			http.Header{"X-Forwarded-For": {"203.0.113.7, 192.0.2.9", "10.0.0.1"}, "X-Forwarded-Proto": {"https"}},
			told{"192.0.2.9, 10.0.0.1, 127.0.0.1", "https", "api.contoso.com", `for="192.0.2.9";host="api.contoso.com";proto=https, for="10.0.0.1", for="127.0.0.1"`, "192.0.2.9"},
		},
		"with ports and IPv6": {
			front,
			http.Header{"X-Forwarded-For": {"[2001:db8::9]:443, fd00::1"}, "X-Forwarded-Host": {"www.contoso.com"}},
			told{"2001:db8::9, fd00::1, 127.0.0.1", "http", "www.contoso.com", `for="[2001:db8::9]";host="www.contoso.com";proto=http, for="[fd00::1]", for="127.0.0.1"`, "2001:db8::9"},
		},
		"everybody is trusted": {
			front,
			http.Header{"X-Forwarded-For": {"10.0.0.7, 10.0.0.8"}},
			told{"10.0.0.7, 10.0.0.8, 127.0.0.1", "http", "api.contoso.com", `for="10.0.0.7";host="api.contoso.com";proto=http, for="10.0.0.8", for="127.0.0.1"`, "10.0.0.7"},
		},
		"what is no address ends the way": {
			front,
			http.Header{"X-Forwarded-For": {"192.0.2.9, unknown, 10.0.0.8"}},
			told{"10.0.0.8, 127.0.0.1", "http", "api.contoso.com", `for="10.0.0.8";host="api.contoso.com";proto=http, for="127.0.0.1"`, "10.0.0.8"},
		},
		"a scheme for each hop": {
			front,
			http.Header{"X-Forwarded-For": {"192.0.2.9, 10.0.0.8"}, "X-Forwarded-Proto": {"https, http"}},
			told{"192.0.2.9, 10.0.0.8, 127.0.0.1", "https", "api.contoso.com", `for="192.0.2.9";host="api.contoso.com";proto=https, for="10.0.0.8", for="127.0.0.1"`, "192.0.2.9"},
		},
		"a list without an end": {
			front,
			http.Header{"X-Forwarded-For": {strings.Repeat("10.0.0.1,", 5000)}},
			told{strings.Repeat("10.0.0.1, ", maxForwardedHops) + "127.0.0.1", "http", "api.contoso.com", "", "10.0.0.1"},
		},
		"Forwarded where there is nothing else": {
			front,
			http.Header{"Forwarded": {`for="[2001:db8::9]:99";proto=https;host="www.contoso.com", For=10.0.0.1`}},
			told{"2001:db8::9, 10.0.0.1, 127.0.0.1", "https", "www.contoso.com", `for="[2001:db8::9]";host="www.contoso.com";proto=https, for="10.0.0.1", for="127.0.0.1"`, "2001:db8::9"},
		},
		"Forwarded of a front end that does not know it": {
			front,
			http.Header{"X-Forwarded-For": {"192.0.2.9"}, "Forwarded": {"for=203.0.113.1"}},
			told{"192.0.2.9, 127.0.0.1", "http", "api.contoso.com", `for="192.0.2.9";host="api.contoso.com";proto=http, for="127.0.0.1"`, "192.0.2.9"},
		},
		"Connection does not take them off": {
			front,
			http.Header{"X-Forwarded-For": {"192.0.2.9"}, "Connection": {"X-Forwarded-For, Forwarded, X-Request-Id, Via, Traceparent"}},
			told{"192.0.2.9, 127.0.0.1", "http", "api.contoso.com", `for="192.0.2.9";host="api.contoso.com";proto=http, for="127.0.0.1"`, "192.0.2.9"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			g := start(t, Options{Trusted: c.trusted, Local: mirror{}, Router: routeFunc(func(_ string, client netip.Addr) Route {
				asked = client.String()
				return Route{Here: true}
			})})
			req, err := http.NewRequest(http.MethodGet, "http://"+g.Addrs()[0].String(), nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = "api.contoso.com"
			for k, v := range c.sent {
				req.Header[k] = v
			}
			_, text := do(t, h1(t), req)
			s := parseSeen(t, text)
			got := told{s.Header.Get("X-Forwarded-For"), s.Header.Get("X-Forwarded-Proto"), s.Header.Get("X-Forwarded-Host"), s.Header.Get("Forwarded"), s.Arrival.Client.Addr().String()}
			if c.want.Forwarded == "" {
				got.Forwarded = ""
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if asked != got.Client || s.Arrival.Scheme != got.Proto {
				t.Errorf("the Router was asked about %s and the arrival came by %s, want %s and %s", asked, s.Arrival.Scheme, got.Client, got.Proto)
			}
			for _, name := range []string{"X-Forwarded-Port", "X_forwarded_for"} {
				if s.Header[name] != nil {
					t.Errorf("%s came through", name)
				}
			}
			for _, name := range []string{"X-Request-Id", "Via", "Traceparent"} {
				if len(s.Header[name]) != 1 {
					t.Errorf("got %s %q, want one", name, s.Header[name])
				}
			}
		})
	}
}

// TestRelayedClient: what a trusted front end says holds behind a relay too.
func TestRelayedClient(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, func(off, _ *Options) { off.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	req, err := http.NewRequest(http.MethodGet, p.url(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", "192.0.2.9")
	req.Header.Set("X-Forwarded-Proto", "https")
	_, text := do(t, h1(t), req)
	s := parseSeen(t, text)
	if s.Arrival.Client.Addr().String() != "192.0.2.9" || s.Arrival.Scheme != "https" || s.Header.Get("X-Forwarded-For") != "192.0.2.9, 127.0.0.1" {
		t.Errorf("got %+v and X-Forwarded-For %q", s.Arrival, s.Header.Get("X-Forwarded-For"))
	}
	if got := len(strings.Split(strings.Join(s.Header["Via"], ","), ",")); got != 2 {
		t.Errorf("got Via %q, want both gateways", s.Header["Via"])
	}
}

// TestLoop: a gateway that is its own backend ends a request with 508, after a
// few rounds; an answer names every round.
func TestLoop(t *testing.T) {
	var addr string
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	rounds := 0
	g := start(t, Options{Router: routeFunc(here), Local: roundTrip(func(r *http.Request) (*http.Response, error) {
		rounds++
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host = "http", addr
		return tr.RoundTrip(out)
	})})
	addr = g.Addrs()[0].String()
	res, _ := get(t, h1(t), "http://"+addr)
	if res.StatusCode != http.StatusLoopDetected || res.Header.Get("Meridian-Reason") != "loop" || rounds != maxPasses {
		t.Errorf("got %d %q after %d rounds, want 508 loop after %d", res.StatusCode, res.Header.Get("Meridian-Reason"), rounds, maxPasses)
	}
	if got := res.Header["Via"]; len(got) != maxPasses {
		t.Errorf("got Via %q, want %d", got, maxPasses)
	}
	many := http.Header{"Via": {strings.Repeat("1.1 other, ", maxHops+1)}}
	if v := newVia("a", "b"); !v.loops(many) || v.loops(http.Header{"Via": {"1.1 other"}}) {
		t.Error("the number of hops is not what decides")
	}
}

// TestTraceContext: what is a trace is carried on, what is not is replaced, and
// a tracestate is worth nothing alone.
func TestTraceContext(t *testing.T) {
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	g := start(t, Options{Router: routeFunc(here), Local: mirror{}})
	for name, c := range map[string]struct {
		parent, state []string
		kept, stated  bool
	}{
		"good":                    {[]string{good}, []string{"a=1,b=2"}, true, true},
		"of a later version":      {[]string{"cc" + good[2:] + "-what-else"}, nil, true, false},
		"a later one, too long":   {[]string{"cc" + good[2:] + "."}, nil, false, false},
		"version 0, too long":     {[]string{good + "-x"}, []string{"a=1"}, false, false},
		"version ff":              {[]string{"ff" + good[2:]}, nil, false, false},
		"upper case":              {[]string{strings.ToUpper(good)}, nil, false, false},
		"all zeros":               {[]string{"00-00000000000000000000000000000000-b7ad6b7169203331-01"}, nil, false, false},
		"no span":                 {[]string{"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"}, nil, false, false},
		"twice":                   {[]string{good, good}, []string{"a=1"}, false, false},
		"short":                   {[]string{"00-1-2-3"}, nil, false, false},
		"state without a trace":   {nil, []string{"a=1"}, false, false},
		"state that is too long":  {[]string{good}, []string{"a=" + strings.Repeat("x", 600)}, true, false},
		"state of too many":       {[]string{good}, []string{strings.Repeat("a=1,", 33)}, true, false},
		"state that is no list":   {[]string{good}, []string{"a"}, true, false},
		"state with empty places": {[]string{good}, []string{"a=1,,b=2"}, true, true},
	} {
		req, err := http.NewRequest(http.MethodGet, "http://"+g.Addrs()[0].String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["Traceparent"], req.Header["Tracestate"] = c.parent, c.state
		_, text := do(t, h1(t), req)
		h := parseSeen(t, text).Header
		got := h["Traceparent"]
		if len(got) != 1 || traceID(got[0]) == "" || (len(c.parent) > 0 && got[0] == c.parent[0]) != c.kept {
			t.Errorf("%s: got %q", name, got)
		}
		if _, stated := h["Tracestate"]; stated != c.stated {
			t.Errorf("%s: got tracestate %q", name, h["Tracestate"])
		}
		if id := h.Get("X-Request-Id"); !c.kept && (len(got) == 0 || id != traceID(got[0])) {
			t.Errorf("%s: got id %q of trace %q, want the trace's", name, id, got)
		}
	}
}

// FuzzTraceParent: what is taken for a trace id is one.
func FuzzTraceParent(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=1")
	f.Add(newTraceParent(), strings.Repeat("a=1,", 40))
	f.Fuzz(func(t *testing.T, parent, state string) {
		h := http.Header{"Traceparent": {parent}, "Tracestate": {state}}
		id := carryTrace(h)
		if id != "" && (len(id) != 32 || !lowerHex(id) || zeros(id) || !strings.Contains(parent, id)) {
			t.Errorf("got id %q of %q", id, parent)
		}
		if (id != "") != (len(h["Traceparent"]) == 1) || id == "" && len(h) != 0 {
			t.Errorf("got id %q and left %v", id, h)
		}
	})
}

// TestElementIsKept: the element of a connection follows host and scheme.
func TestElementIsKept(t *testing.T) {
	c := &conn{client: addrOf(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7})}
	for _, host := range []string{"a", "a", `b"`, "a"} {
		if got, want := c.element(host, "http"), forwardedElement(c.client.Addr(), host, "http"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
