package gateway

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"
)

// TestHistogram compares quantiles with those of the sorted durations.
func TestHistogram(t *testing.T) {
	for i := range buckets {
		if got := BucketOf(BucketStart(i)); got != i {
			t.Errorf("bucket %d starts at %s, which is in bucket %d", i, BucketStart(i), got)
		}
		if got := BucketOf(BucketStart(i+1) - time.Microsecond); got != i {
			t.Errorf("bucket %d ends before %s, which is in bucket %d", i, BucketStart(i+1), got)
		}
	}
	if got := BucketOf(1000 * time.Hour); got != buckets-1 {
		t.Errorf("got bucket %d for 1000 h, want the last", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(0, int64(70*time.Hour)), 1, 200).Draw(t, "durations")
		var a, b histogram
		for i, d := range all {
			[]*histogram{&a, &b}[i%2].observe(time.Duration(d))
		}
		sum := a.snapshot().Plus(b.snapshot())
		if got := sum.Count(); got != uint64(len(all)) {
			t.Fatalf("got %d durations, want %d", got, len(all))
		}
		slices.Sort(all)
		for _, q := range []float64{0.5, 0.95, 0.99, 1} {
			want := time.Duration(all[max(0, int(q*float64(len(all))+0.999999)-1)])
			got := sum.Quantile(q)
			if low, high := want-want/8-2*time.Microsecond, want+want/8+2*time.Microsecond; got < low || got > high {
				t.Fatalf("quantile %v: got %s, want about %s", q, got, want)
			}
		}
	})
}

// TestNetworksAreBounded: however many come, the frequent ones are kept, and
// counted at least as often as they came and at most by Over too often.
func TestNetworksAreBounded(t *testing.T) {
	n := newNetworks()
	now := time.Now()
	true4 := netip.MustParsePrefix("192.0.2.0/24")
	often := 0
	for i := range 100_000 {
		n.add(network(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 16), byte(i >> 8), byte(i)})), now)
		if i%20 == 0 {
			often++
			n.add(network(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})), now.Add(time.Duration(i)))
		}
	}
	all := n.snapshot()
	if len(all) > maxNetworks {
		t.Errorf("got %d networks, at most %d are kept", len(all), maxNetworks)
	}
	first := all[0]
	if first.Prefix != true4 || first.Requests < uint64(often) || first.Requests-first.Over > uint64(often) {
		t.Errorf("got %+v first, want %s with %d requests", first, true4, often)
	}
	if want := now.Add(99_980); !first.Last.Equal(want) {
		t.Errorf("got last %s, want %s", first.Last, want)
	}
}

// TestLateness: a newer time off starts anew, a straggler of the old one
// changes nothing about when the new one began.
func TestLateness(t *testing.T) {
	var l lateness
	start := time.Now()
	client := netip.MustParseAddr("192.0.2.1")
	l.begin(start)
	for i := range 100 {
		l.arrived(start, client, start.Add(time.Duration(i)*time.Second)).ended(OutcomeRelayed)
	}
	s := l.snapshot()
	if s.Requests != 100 || s.Relayed != 100 || !s.Last.Equal(start.Add(99*time.Second)) {
		t.Errorf("got %d, %d relayed, last %s", s.Requests, s.Relayed, s.Last)
	}
	if q := s.Ages.Quantile(0.5); q < 44*time.Second || q > 57*time.Second {
		t.Errorf("got t50 %s, want about 50 s", q)
	}
	again := start.Add(time.Hour)
	l.arrived(again, client, again.Add(time.Second)).ended(OutcomeRefused)
	l.arrived(start, client, again.Add(2*time.Second))
	l.arrived(time.Time{}, client, again.Add(3*time.Second))
	s = l.snapshot()
	if !s.Since.Equal(again) || s.Requests != 3 || s.Refused != 1 || s.Relayed != 0 || l.total.Load() != 103 {
		t.Errorf("got %+v of %d", s, l.total.Load())
	}
}

// TestCountsTogether: nothing is lost when many count at once.
func TestCountsTogether(t *testing.T) {
	g := &Gateway{account: newAccount()}
	var wg sync.WaitGroup
	since := time.Now()
	for i := range 8 {
		wg.Go(func() {
			for n := range 1000 {
				g.account.relayedTo("b")
				g.account.late.arrived(since, netip.AddrFrom4([4]byte{192, 0, byte(i), byte(n)}), since.Add(time.Second))
			}
		})
	}
	wg.Wait()
	c := g.Counts()
	sum := uint64(0)
	for _, n := range c.Late.Networks {
		sum += n.Requests
	}
	if c.RelayedTo["b"] != 8000 || c.Late.Requests != 8000 || c.Late.Ages.Count() != 8000 || sum != 8000 || len(c.Late.Networks) != 8 {
		t.Errorf("got %d relayed, %d late, %d ages, %d in %d networks; want 8000 of each, 8", c.RelayedTo["b"], c.Late.Requests, c.Late.Ages.Count(), sum, len(c.Late.Networks))
	}
}

// TestMetrics: they pass the linter and say what the account says.
func TestMetrics(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	p := newRelayPair(t, mirror{}, mirror{}, func(off, _ *Options) { off.Registerer = reg })
	get(t, h1(t), p.url())
	p.route.set(Route{Refuse: true, Reason: ReasonNoMatch, Late: true, OffSince: time.Now()})
	get(t, h1(t), p.url())
	eventually(t, "both are counted", func() bool { return p.off.Counts().Refused[ReasonNoMatch] == 1 })
	problems, err := testutil.GatherAndLint(reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("got %v %v", problems, err)
	}
	want := `
# HELP meridian_gateway_refused_requests_total Requests refused, by reason.
# TYPE meridian_gateway_refused_requests_total counter
meridian_gateway_refused_requests_total{reason="no_match"} 1
# HELP meridian_gateway_relayed_requests_total Requests that a node of another location took.
# TYPE meridian_gateway_relayed_requests_total counter
meridian_gateway_relayed_requests_total{location="b"} 1
# HELP meridian_gateway_late_requests_total Requests that came while the location or node was off.
# TYPE meridian_gateway_late_requests_total counter
meridian_gateway_late_requests_total 2
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "meridian_gateway_refused_requests_total", "meridian_gateway_relayed_requests_total", "meridian_gateway_late_requests_total"); err != nil {
		t.Error(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "meridian_gateway_request_duration_seconds" && f.GetMetric()[0].GetHistogram().GetSampleSum() < 0 {
			t.Errorf("got a negative sum")
		}
	}
}

// TestCertificates: chosen by name, replaced when the files change, kept when
// they cannot be read.
func TestCertificates(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	first, _ := certFiles(t, one, "a.example")
	second, leafTwo := certFiles(t, two, "b.example")
	g := start(t, Options{
		Listen: []Listener{{Address: "127.0.0.1:0", TLS: true}}, Certificates: []Certificate{first, second},
		Limits: Limits{Reload: 10 * time.Millisecond}, Router: routeFunc(here), Local: mirror{},
	})
	shown := func(name string) string {
		c, err := tls.Dial("tcp", g.Addrs()[0].String(), &tls.Config{ServerName: name, InsecureSkipVerify: true}) //nolint:gosec // the test compares the certificate itself
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	if got := shown("b.example"); got != leafTwo.SerialNumber.String() {
		t.Errorf("got serial %s for b.example, want %s", got, leafTwo.SerialNumber)
	}
	old := shown("a.example")
	if shown("unknown.example") != old {
		t.Error("an unknown name does not get the first certificate")
	}
	writeFile(t, first.CertFile, []byte("half a file"))
	eventually(t, "the broken file was read", func() bool { return g.Certificates()[0].Error != "" })
	if shown("a.example") != old {
		t.Error("a file that cannot be read replaced the certificate")
	}
	_, leaf := certFiles(t, one, "a.example")
	eventually(t, "the new one is shown", func() bool { return shown("a.example") == leaf.SerialNumber.String() })
	want := CertificateState{File: first.CertFile, NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter}
	if got := g.Certificates(); len(got) != 2 || got[0] != want || got[1].File != second.CertFile {
		t.Errorf("got %+v, want %+v first", got, want)
	}
}

// TestOptions: what cannot work is refused, with the value, and leaves nothing
// bound.
func TestOptions(t *testing.T) {
	good := Options{Listen: []Listener{{Address: "127.0.0.1:0"}}, Local: mirror{}, Router: routeFunc(here)}
	for name, change := range map[string]func(*Options){
		"no local":         func(o *Options) { o.Local = nil },
		"no router":        func(o *Options) { o.Router = nil },
		"no listener":      func(o *Options) { o.Listen = nil },
		"no certificate":   func(o *Options) { o.Listen[0].TLS = true },
		"certs, no tls":    func(o *Options) { o.Listen[0].ClientCertificates = true },
		"bad address":      func(o *Options) { o.Listen[0].Address = "127.0.0.1:99999" },
		"missing files":    func(o *Options) { o.Certificates = []Certificate{{CertFile: "none", KeyFile: "none"}} },
		"negative limit":   func(o *Options) { o.Limits.Relays = -1 },
		"taken registerer": func(o *Options) { o.Registerer = taken(t) },
	} {
		o := good
		o.Listen = slices.Clone(good.Listen)
		change(&o)
		if g, err := New(o); err == nil {
			_ = g.Shutdown(t.Context())
			t.Errorf("%s: got no error", name)
		}
	}
	g, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Shutdown(t.Context()); err != nil {
		t.Errorf("shutting down without Start: %v", err)
	}
}

func taken(t *testing.T) prometheus.Registerer {
	t.Helper()
	reg := prometheus.NewRegistry()
	if err := reg.Register(newCollector(nil)); err != nil {
		t.Fatal(err)
	}
	return reg
}

// TestHostOf: the Router sees one form of a name.
func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"API.Contoso.com.:443": "api.contoso.com", "x": "x", "[2001:DB8::1]:80": "2001:db8::1", "[2001:db8::1]": "2001:db8::1", "": "", "x:": "x", "a:b:c": "a:b:c",
	} {
		if got := hostOf(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzRelayField: nothing a peer sends ends the process, and what can be read
// is written the same way again.
func FuzzRelayField(f *testing.F) {
	f.Add(relayField(Arrival{ID: "a", Client: netip.MustParseAddrPort("192.0.2.1:1"), Scheme: "http", Cert: Cert{Subject: "CN=a;b&c=d\"\n\x00é"}}))
	f.Add("hops=1&client=[fe80::1%25eth0]:1&id=a&scheme=http&ttl=1")
	f.Add("hops=1&hops=1;id=%zz&ttl=-1")
	f.Fuzz(func(t *testing.T, field string) {
		a, err := parseRelayField([]string{field})
		if err != nil {
			return
		}
		again, err := parseRelayField([]string{relayField(a)})
		if err != nil {
			if len(relayField(a)) > maxRelayField {
				return
			}
			t.Fatalf("%+v is written as %q, which cannot be read: %v", a, relayField(a), err)
		}
		if again != a {
			t.Fatalf("got %+v, want %+v", again, a)
		}
	})
}

// FuzzClientFields: whatever a client or its front ends claim, the address that
// counts is never one of the trusted, our own element can be told from claims,
// and an id is harmless.
func FuzzClientFields(f *testing.F) {
	f.Add("api.contoso.com:80", "192.0.2.1", "id", "for=192.0.2.1;proto=https, for=10.0.0.1")
	f.Add("a\"b\\", strings.Repeat("1, ", 2000), "", `for="[2001:db8::1]:80";host="a,b"`)
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, host, forwardedFor, id, forwarded string) {
		for _, h := range []http.Header{{"X-Forwarded-For": {forwardedFor}}, {"Forwarded": {forwarded}}} {
			c := &conn{client: netip.MustParseAddrPort("10.1.2.3:1"), trusted: true}
			x := &exchange{g: &Gateway{o: Options{Trusted: trusted}}, conn: c, r: &http.Request{Header: h, Host: host}, arrival: Arrival{Client: c.client, Scheme: "http"}}
			x.identify()
			if o := x.origin; len(o.hops) > 0 && (!within(trusted, o.hops[len(o.hops)-1]) || len(o.hops) > maxForwardedHops) {
				t.Errorf("got client %s by %v", o.client, o.hops)
			}
			for _, hop := range x.origin.hops {
				if !within(trusted, hop) {
					t.Errorf("client %s is behind %s, which is not trusted", x.origin.client, hop)
				}
			}
			if len(h["X-Forwarded-For"])+len(h["Forwarded"]) > 0 {
				t.Errorf("claims are left: %v", h)
			}
		}
		if harmlessID(id) && (len(id) > maxID || strings.IndexFunc(id, notInID) >= 0) {
			t.Errorf("got id %q", id)
		}
		inner := quoted(host)
		inner = inner[1 : len(inner)-1]
		for i := 0; i < len(inner); i++ {
			if inner[i] == '"' {
				t.Errorf("%q ends early in %q", host, quoted(host))
			}
			if inner[i] == '\\' {
				i++
			}
		}
		if once := hostOf(host); strings.Contains(once, "A") {
			t.Errorf("got %q", once)
		}
	})
}
