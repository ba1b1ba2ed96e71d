package node

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/internal/dnstest"
)

// probed is a document with two endpoints that are probed every second.
func probed(port, monitor string) string {
	return head + `
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    ttl: 5
    monitorConfig: {protocol: TCP, port: ` + port + `, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0` + monitor + `}
    endpoints:
      - {name: a, target: 127.0.0.2}
      - {name: b, target: 127.0.0.3}
  - name: other
    trafficRoutingMethod: Priority
    endpoints: [{name: a, target: 192.0.2.1, alwaysServe: Enabled}]
`
}

// twoTargets listen at 127.0.0.2 and 127.0.0.3, on one port.
func twoTargets(t *testing.T) (a, b *target) {
	t.Helper()
	a = newTarget(t, "127.0.0.2")
	b = &target{addr: "127.0.0.3:" + a.port()}
	b.up(t)
	t.Cleanup(b.down)
	return a, b
}

func targetHealth(t *testing.T, n *Node, id string) api.TargetHealth {
	t.Helper()
	var h api.Health
	get(t, n, "GET", "/v1/health", &h)
	for _, x := range h.Targets {
		if x.ID == id {
			return x
		}
	}
	t.Fatalf("no target %q among %d", id, len(h.Targets))
	return api.TargetHealth{}
}

func verdictIs(t *testing.T, n *Node, id, verdict string) func() bool {
	return func() bool { return targetHealth(t, n, id).Verdict == verdict }
}

// TestFailover: a target that stops answering moves the answer, and the timeline
// tells when what happened; the verdict survives a restart until a probe
// corrects it.
func TestFailover(t *testing.T) {
	t.Parallel()
	a, _ := twoTargets(t)
	w := newWorld(t, probed(a.port(), ""))
	n := w.start(t, nil)
	wait(t, "both are up", func() bool {
		return targetHealth(t, n, "shop/a").Verdict == "up" && targetHealth(t, n, "shop/b").Verdict == "up"
	})
	if got := addrs(t, n, "shop.gtm.test."); got != "127.0.0.2" {
		t.Fatalf("both up: got %s, want 127.0.0.2", got)
	}
	a.down()
	stopped := time.Now()
	wait(t, "the answer moves", func() bool { return addrs(t, n, "shop.gtm.test.") == "127.0.0.3" })
	h := targetHealth(t, n, "shop/a")
	in := h.LastChange
	if h.Verdict != "down" || h.Reason != "refused" || in == nil || in.From != "up" || in.To != "down" || in.Reason != "refused" {
		t.Fatalf("got %+v, change %+v", h, in)
	}
	if in.FirstProbe == nil || in.FirstChangedAnswer == nil || in.CachesExpire == nil {
		t.Fatalf("timeline: got %+v, want all instants", in)
	}
	if in.FirstProbe.Before(stopped.Add(-time.Second)) || in.Verdict.Before(*in.FirstProbe) || in.FirstChangedAnswer.Before(in.Verdict) || in.FirstChangedAnswer.After(time.Now()) {
		t.Errorf("timeline: stopped %v, got %+v, want first probe, verdict, first changed answer in this order", stopped, in)
	}
	if got := in.CachesExpire.Sub(*in.FirstChangedAnswer); got != 5*time.Second {
		t.Errorf("caches expire: got %v after the first changed answer, want the TTL, 5 s", got)
	}
	if !slices.Equal(in.Profiles, []string{"shop"}) {
		t.Errorf("profiles concerned: got %v, want shop alone", in.Profiles)
	}
	s := status(t, n)
	if s.OK || !strings.Contains(problem(s, "target_down"), "shop/a is down since 20") || s.Targets != (api.Count{Total: 2, Good: 1, Bad: 1}) || s.Profiles.Bad != 0 {
		t.Errorf("status: got problems %v, targets %+v, profiles %+v", s.Problems, s.Targets, s.Profiles)
	}
	since := h.Since

	stop(t, n)
	a.up(t)
	n = w.start(t, func(o *Options) {
		w.write(t, "service.yaml", strings.Replace(probed(a.port(), ""), "intervalInSeconds: 1,", "intervalInSeconds: 3,", 1))
	})
	first := addrs(t, n, "shop.gtm.test.")
	warm := targetHealth(t, n, "shop/a") // without a probe yet, first came before one too
	if warm.LastProbe == nil && first != "127.0.0.3" {
		t.Errorf("first answer after a restart: got %s, want 127.0.0.3: shop/a was down", first)
	}
	if warm.LastProbe == nil && (warm.Verdict != "down" || !warm.Warm || warm.Since.Sub(since).Abs() > time.Second) {
		t.Errorf("after a restart: got %+v, want down since %v, warm", warm, since)
	}
	if told(n, "target_down", "shop/a") {
		t.Errorf("after a restart: shop/a was told to have gone down: %v", kinds(n))
	}
	wait(t, "a probe corrects it", func() bool { return addrs(t, n, "shop.gtm.test.") == "127.0.0.2" })
	if h := targetHealth(t, n, "shop/a"); h.Warm || h.Verdict != "up" {
		t.Errorf("corrected: got %+v", h)
	}
}

// TestWarmBeforeTheFirstAnswer: the first snapshot of all holds the verdicts of
// the last run, whatever the prober does.
func TestWarmBeforeTheFirstAnswer(t *testing.T) {
	t.Parallel()
	a, _ := twoTargets(t)
	w := newWorld(t, probed(a.port(), ""))
	n := w.start(t, nil)
	a.down()
	wait(t, "the answer moves", func() bool { return addrs(t, n, "shop.gtm.test.") == "127.0.0.3" })
	stop(t, n)
	o := w.options(t)
	next := must[*Node](t)(New(o))
	defer stop(t, next)
	var first *live
	told := next.pub.told
	next.pub.told = func(prev, l *live) {
		if prev == nil {
			first = l
		}
		told(prev, l)
	}
	if err := next.Start(); err != nil {
		t.Fatal(err)
	}
	if got := first.health("shop/a").String(); got != "down" {
		t.Errorf("first snapshot: shop/a is %s, want down", got)
	}
	stop(t, next)
	a.up(t)
}

// TestEverythingDown (fault A4): what is on is answered best effort, loudly; what
// the operator switched off never is (A5).
func TestEverythingDown(t *testing.T) {
	t.Parallel()
	a, b := twoTargets(t)
	a.down()
	b.down()
	w := newWorld(t, strings.Replace(probed(a.port(), ""), "{name: b, target: 127.0.0.3}", "{name: b, target: 127.0.0.3}\n      - {name: c, target: 127.0.0.4, endpointStatus: Disabled}", 1))
	n := w.start(t, nil)
	wait(t, "both are down", func() bool {
		return targetHealth(t, n, "shop/a").Verdict == "down" && targetHealth(t, n, "shop/b").Verdict == "down"
	})
	if got := addrs(t, n, "shop.gtm.test."); got != "127.0.0.2" {
		t.Errorf("all down: got %s, want 127.0.0.2", got)
	}
	var p api.Profile
	get(t, n, "GET", "/v1/profiles/shop", &p)
	if p.Serving != "bestEffort" || p.MonitorStatus != "Degraded" || !strings.Contains(p.Why, "0 of 3 endpoints are available") {
		t.Errorf("profile: got %s, %s, %q", p.Serving, p.MonitorStatus, p.Why)
	}
	s := status(t, n)
	if len(s.Problems) == 0 || s.Problems[0].Code != "serving_best_effort" || s.Problems[0].Severity != "critical" {
		t.Errorf("status: got %v, want serving_best_effort first", s.Problems)
	}
	if !told(n, "profile_bestEffort", "shop") {
		t.Errorf("events: got %v, want profile_bestEffort", kinds(n))
	}
	a.up(t)
	b.up(t)
}

// TestManualFailback: a recovered target waits for an operator's release.
func TestManualFailback(t *testing.T) {
	t.Parallel()
	a, _ := twoTargets(t)
	n := newWorld(t, probed(a.port(), ", failback: manual")).start(t, nil)
	wait(t, "up", verdictIs(t, n, "shop/a", "up"))
	release := func(id string) (out api.Released, code int) {
		code = get(t, n, "POST", "/v1/health/"+url.PathEscape(id)+"/release", &out)
		return out, code
	}
	if out, code := release("shop/a"); code != 200 || out.Outcome != "unchanged" {
		t.Errorf("release of what is up: got %d, %+v", code, out)
	}
	a.down()
	wait(t, "down", verdictIs(t, n, "shop/a", "down"))
	a.up(t)
	wait(t, "it waits for release", func() bool { return targetHealth(t, n, "shop/a").AwaitsRelease })
	if got := addrs(t, n, "shop.gtm.test."); got != "127.0.0.3" {
		t.Errorf("before the release: got %s, want 127.0.0.3", got)
	}
	if out, code := release("shop/a"); code != 200 || out.Outcome != "up" || out.Node != "a-1" {
		t.Errorf("release: got %d, %+v, want up", code, out)
	}
	wait(t, "the answer returns", func() bool { return addrs(t, n, "shop.gtm.test.") == "127.0.0.2" })
	if !told(n, "target_released", "shop/a") {
		t.Errorf("events: got %v, want target_released", kinds(n))
	}
	a.down()
	wait(t, "down again", verdictIs(t, n, "shop/a", "down"))
	if out, code := release("shop/a"); code != 200 || out.Outcome != "waiting" {
		t.Errorf("release of what fails: got %d, %+v, want waiting", code, out)
	}
	a.up(t)
	wait(t, "it returns by itself", verdictIs(t, n, "shop/a", "up"))
	if _, code := release("shop/nobody"); code != 404 {
		t.Errorf("release of nobody: got %d, want 404", code)
	}
}

// TestInitialWait: an endpoint that waits for its first verdict is not answered
// before it, one that does not wait is, as Azure does.
func TestInitialWait(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	var once sync.Once
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-answer:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer once.Do(func() { close(answer) })
	u := must[*url.URL](t)(url.Parse(s.URL))
	profile := func(name, initial string) string {
		return `
  - name: ` + name + `
    trafficRoutingMethod: Priority
    monitorConfig: {protocol: HTTP, port: ` + u.Port() + `, intervalInSeconds: 10, timeoutInSeconds: 10, initial: ` + initial + `}
    endpoints:
      - {name: a, target: 127.0.0.1}
      - {name: b, target: 192.0.2.2, alwaysServe: Enabled}
`
	}
	n := newWorld(t, head+"profiles:"+profile("waits", "wait")+profile("serves", "serve")).start(t, nil)
	if a, b := addrs(t, n, "waits.gtm.test."), addrs(t, n, "serves.gtm.test."); a != "192.0.2.2" || b != "127.0.0.1" {
		t.Errorf("before a verdict: got %s and %s, want 192.0.2.2 and 127.0.0.1", a, b)
	}
	once.Do(func() { close(answer) })
	wait(t, "the verdict", func() bool { return addrs(t, n, "waits.gtm.test.") == "127.0.0.1" })
}

// TestDeadResolver (fault A9): a name that cannot be looked up is unknown, never
// down.
func TestDeadResolver(t *testing.T) {
	t.Parallel()
	n := newWorld(t, head+`
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    monitorConfig: {protocol: TCP, port: 80, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0}
    endpoints: [{name: a, target: a.example.net}]
`).start(t, nil)
	wait(t, "three probes", func() bool {
		p := targetHealth(t, n, "shop/a").LastProbe
		return p != nil && !p.OK
	})
	h := targetHealth(t, n, "shop/a")
	if h.Verdict != "unchecked" || !strings.HasPrefix(h.LastProbe.Reason, "resolve") && !strings.HasPrefix(h.LastProbe.Reason, "dns") {
		t.Errorf("got verdict %s, last probe %+v, want unchecked for a lookup", h.Verdict, h.LastProbe)
	}
	if got := addrs(t, n, "shop.gtm.test."); got != "a.example.net." {
		t.Errorf("answer: got %s, want a.example.net.", got)
	}
	if told(n, "target_down", "") {
		t.Errorf("events: got %v, want no target_down", kinds(n))
	}
}

// TestFlattenedNames: answers follow the addresses of a name; without any the
// endpoint is off; addresses outlive a resolver that dies.
func TestFlattenedNames(t *testing.T) {
	t.Parallel()
	var address atomic.Value
	address.Store("")
	fake := newFakeDNS(t, "127.0.0.1:0", true, func(_, rrtype string) dnstest.Answer {
		switch ip := address.Load().(string); {
		case ip == "":
			return dnstest.Answer{Rcode: "SERVFAIL"}
		case rrtype == "A":
			return dnstest.Answer{Answer: []string{"a.example.net. 1 IN A " + ip}}
		}
		return dnstest.Answer{}
	})
	n := newWorld(t, head+`
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    flatten: true
    endpoints:
      - {name: a, target: a.example.net, alwaysServe: Enabled}
      - {name: b, target: 192.0.2.99, alwaysServe: Enabled}
`).start(t, func(o *Options) { o.Config.Resolver.Servers = []netip.AddrPort{fake.Addr()} })
	if got := addrs(t, n, "shop.gtm.test."); got != "192.0.2.99" {
		t.Errorf("name not resolved: got %s, want 192.0.2.99", got)
	}
	var p api.Profile
	get(t, n, "GET", "/v1/profiles/shop", &p)
	if e := p.Endpoints[0]; e.Tier != "off" || e.MonitorStatus != "Stopped" || e.Why != "no address is known for it" {
		t.Errorf("name not resolved: got %+v", e)
	}
	for _, ip := range []string{"192.0.2.1", "192.0.2.2"} {
		address.Store(ip)
		wait(t, "the answer is "+ip, func() bool {
			n.resolver.Refresh("a.example.net.")
			return addrs(t, n, "shop.gtm.test.") == ip
		})
	}
	address.Store("")
	wait(t, "the address is stale", func() bool {
		n.resolver.Refresh("a.example.net.")
		return n.pub.current.Load().addrs["a.example.net."].Stale
	})
	if got := addrs(t, n, "shop.gtm.test."); got != "192.0.2.2" {
		t.Errorf("resolver dead: got %s, want 192.0.2.2, stale", got)
	}
}

// TestProbeNow: a probe on demand tells all and moves nothing.
func TestProbeNow(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Region", "a")
		w.WriteHeader(503)
		_, _ = w.Write([]byte("closed today"))
	}))
	defer s.Close()
	u := must[*url.URL](t)(url.Parse(s.URL))
	n := newWorld(t, head+`
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    monitorConfig: {protocol: HTTP, port: `+u.Port()+`, path: /status, intervalInSeconds: 600, timeoutInSeconds: 5}
    endpoints: [{name: a, target: 127.0.0.1}]
`).start(t, nil)
	var r api.ProbeReport
	if code := get(t, n, "POST", "/v1/health/shop%2Fa/probe", &r); code != 200 {
		t.Fatalf("status: got %d", code)
	}
	if r.Result.OK || r.Result.Reason != "status" || r.Body != "closed today" || !strings.Contains(r.Request, "GET /status HTTP/1.1") ||
		!slices.Contains(r.Header, "X-Region: a") || r.Address != u.Host || r.Node != "a-1" || !strings.Contains(r.Text, "503") {
		t.Errorf("got %+v", r)
	}
	if code := get(t, n, "POST", "/v1/health/nobody/probe", nil); code != 404 {
		t.Errorf("nobody: got %d, want 404", code)
	}
}
