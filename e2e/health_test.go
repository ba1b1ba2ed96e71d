//go:build linux

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Times of the probes in these tests, and what is allowed beyond the promise:
// interval × (tolerated + 1) + timeout.
const (
	interval  = time.Second
	timeout   = time.Second
	tolerated = 1
	promise   = interval*(tolerated+1) + timeout
	margin    = 1500 * time.Millisecond // for a busy machine: nothing of ours waits
)

// target is a backend of the test process that can be made to misbehave.
type target struct {
	listener net.Listener
	server   *http.Server
	fault    atomic.Int32
}

// Faults of a target.
const (
	faultNone = iota
	fault503
	faultSlow  // answers after the timeout
	faultReset // accepts, then resets
)

func startTarget(t *testing.T, address string) *target {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	b := &target{listener: l}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: time.Minute}
	go func() { _ = b.server.Serve(l) }() // ends with Close
	t.Cleanup(func() { _ = b.server.Close() })
	return b
}

func (b *target) port() int { return b.listener.Addr().(*net.TCPAddr).Port }

// ServeHTTP answers as the fault says.
func (b *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch b.fault.Load() {
	case fault503:
		w.WriteHeader(http.StatusServiceUnavailable)
	case faultSlow:
		timer := time.NewTimer(3 * timeout)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	case faultReset:
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0) // a reset instead of an orderly end
			_ = conn.Close()
		}
	}
}

// startBackend starts a backend in a process of its own, which can be stopped.
func startBackend(t *testing.T, ns namespace, address string) *process {
	t.Helper()
	p := start(t, []string{backendEnv + "=" + address}, ns.command(os.Args[0])...)
	eventually(t, startTime, "backend at "+address, func() (up bool, seen string) {
		ns.inside(t, func() {
			conn, err := net.DialTimeout("tcp", address, time.Second)
			if err != nil {
				seen = err.Error() + p.log.String()
				return
			}
			up = true
			_ = conn.Close()
		})
		return up, seen
	})
	return p
}

// head is the part of a service document before its profiles.
const head = `
name: contoso
zone: gtm.test
nameServers:
  - {name: ns1.gtm.test, addresses: [192.0.2.1]}
  - {name: ns2.gtm.test, addresses: [198.51.100.1]}
`

// failover is a profile with a probed endpoint and one that always serves.
func failover(name, address string, port int) string {
	return fmt.Sprintf(`  - name: %s
    trafficRoutingMethod: Priority
    ttl: 5
    monitorConfig: {protocol: HTTP, port: %d, path: /, intervalInSeconds: %d, timeoutInSeconds: %d, toleratedNumberOfFailures: %d, holdDown: 0s}
    endpoints:
      - {name: first, target: %s}
      - {name: second, target: 198.51.100.2, alwaysServe: Enabled}
`, name, port, int(interval.Seconds()), int(timeout.Seconds()), tolerated, address)
}

const plainNode = `
node: {name: n1, location: West US 2, dataDir: state}
dns: {listen: ["127.0.0.1:0"]}
resolver: {servers: ["127.0.0.1:1"]}
admin: {socket: admin.sock}
service: service.yaml
`

// allUp waits until every target is up.
func (n *node) allUp(t *testing.T) {
	t.Helper()
	eventually(t, startTime, "all targets up", func() (bool, string) {
		seen := ""
		for id, v := range n.verdicts(t) {
			if v.Verdict != "up" {
				seen += fmt.Sprintf("%s %s %s\n", id, v.Verdict, v.Detail)
			}
		}
		return seen == "", seen
	})
}

// outage is a way for a target to fail, and to be well again.
type outage struct {
	name   string
	reason string // how the verdict names the cause
	begin  func(t *testing.T)
	end    func(t *testing.T)
}

// TestFailuresMoveAnswers makes targets fail in every way and measures how long
// the answer takes to move, and to return (faults.md A7).
func TestFailuresMoveAnswers(t *testing.T) {
	t.Parallel()
	document := head + "profiles:\n"
	var outages []outage
	add := func(o outage, address string, port int) {
		document += failover(o.name, address, port)
		outages = append(outages, o)
	}
	for i, f := range []struct {
		name, reason string
		fault        int32
	}{{"broken", "status", fault503}, {"slow", "timeout_headers", faultSlow}, {"reset", "reset", faultReset}} {
		address := fmt.Sprintf("127.0.9.%d", i+1)
		b := startTarget(t, address+":0")
		add(outage{
			f.name, f.reason,
			func(*testing.T) { b.fault.Store(f.fault) }, func(*testing.T) { b.fault.Store(faultNone) },
		}, address, b.port())
	}
	stopped := startBackend(t, "", "127.0.9.4:18091")
	add(outage{
		"hanging", "timeout_headers",
		func(t *testing.T) { stopped.signal(t, syscall.SIGSTOP) }, func(t *testing.T) { stopped.signal(t, syscall.SIGCONT) },
	}, "127.0.9.4", 18091)
	killed := startBackend(t, "", "127.0.9.5:18092")
	add(outage{
		"refused", "refused",
		func(*testing.T) { killed.kill() }, func(t *testing.T) { killed = startBackend(t, "", "127.0.9.5:18092") },
	}, "127.0.9.5", 18092)

	n := serve(t, "", plainNode, document)
	n.allUp(t)
	at := n.dns(t)
	for i, o := range outages {
		n.moves(t, at, o, fmt.Sprintf("127.0.9.%d", i+1))
	}
}

// moves measures one outage.
func (n *node) moves(t *testing.T, at netip.AddrPort, o outage, first string) {
	t.Helper()
	line := "A " + o.name + ".gtm.test"
	answered(t, startTime, at, line, first)
	timely(t, o.name+": an answer beyond its time", margin, func() time.Duration {
		o.begin(t)
		took := answered(t, startTime, at, line, "198.51.100.2")
		n.tellsOf(t, o)
		o.end(t)
		back := answered(t, startTime, at, line, first)
		t.Logf("%-8s answer moved after %v (promised: %v), and back after %v", o.name, took.Round(time.Millisecond), promise, back.Round(time.Millisecond))
		return max(took-promise, back-interval-timeout-margin)
	})
}

// tellsOf wants the verdict on an outage, its cause, and the whole timeline of
// the change, which is written down once it is in service.
func (n *node) tellsOf(t *testing.T, o outage) {
	t.Helper()
	id := o.name + "/first"
	eventually(t, converge, id+" being down because of "+o.reason+", with its timeline", func() (bool, string) {
		v := n.verdicts(t)[id]
		c := v.LastChange
		whole := c != nil && c.To == "down" && c.FirstProbe != nil && c.FirstChangedAnswer != nil && slices.Contains(c.Profiles, o.name)
		return whole && v.Verdict == "down" && strings.HasPrefix(v.Reason, o.reason), fmt.Sprintf("%s %s %s %+v", v.Verdict, v.Reason, v.Detail, c)
	})
}

// deadService has a profile of every method, all of whose targets refuse; one
// location is disabled.
const deadService = head + `
locations:
  - {name: West US 2, gateways: [{name: westus2-1, addresses: [127.0.9.21], port: 1}]}
  - {name: West Europe, gateways: [{name: westeurope-1, addresses: [127.0.9.22], port: 1}]}
  - {name: Japan East, disableGateway: true, gateways: [{name: japaneast-1, addresses: [127.0.9.23], port: 1}]}
profiles:
  - name: contoso
    monitorConfig: &m {intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0}
  - name: priority
    trafficRoutingMethod: Priority
    endpoints: [{name: a, location: Japan East}, {name: b, location: West Europe}, {name: c, location: West US 2}]
  - name: weighted
    trafficRoutingMethod: Weighted
    endpoints: [{name: a, location: Japan East, weight: 1000}, {name: b, location: West Europe}, {name: c, location: West US 2}]
  - name: geographic
    trafficRoutingMethod: Geographic
    endpoints: [{name: a, location: Japan East, geoMapping: [GEO-AS]}, {name: b, location: West Europe, geoMapping: [WORLD]}]
  - name: multivalue
    trafficRoutingMethod: MultiValue
    monitorConfig: {protocol: TCP, port: 1, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0}
    endpoints: [{name: a, target: 127.0.9.24}, {name: b, target: 127.0.9.25}, {name: c, target: 127.0.9.23, endpointStatus: Disabled}]
  - name: subnet
    trafficRoutingMethod: Subnet
    endpoints: [{name: a, location: West Europe, subnets: [{first: 8.0.0.0, scope: 8}]}, {name: b, profile: contoso}]
  - name: nested
    trafficRoutingMethod: Performance
    endpoints: [{name: a, profile: priority, endpointLocation: West Europe}, {name: b, profile: weighted, endpointLocation: Japan East, minChildEndpoints: 2}]
  - name: names
    trafficRoutingMethod: Priority
    monitorConfig: {protocol: TCP, port: 1, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0}
    endpoints: [{name: a, target: nowhere.example.test}, {name: b, target: nothing.example.test}]
`

// TestEverythingDown asks thousands of questions while no target is up: every
// one is answered, none by what is switched off (faults.md A4, A5).
func TestEverythingDown(t *testing.T) {
	t.Parallel()
	n := serve(t, "", plainNode, deadService)
	at := n.dns(t)
	eventually(t, startTime, "all addresses down", func() (bool, string) {
		seen := ""
		for id, v := range n.verdicts(t) {
			if v.Verdict != "down" && !strings.HasPrefix(id, "names/") {
				seen += id + " " + v.Verdict + "\n"
			}
		}
		return seen == "", seen
	})
	names := []string{
		"contoso", "priority", "weighted", "geographic", "multivalue", "subnet", "nested", "names",
		"contoso-westus2-01.regional", "contoso-japaneast-01.regional", "japaneast-1.node", "westeurope-1.node",
	}
	const each = 300
	for _, name := range names {
		for i := range each {
			line := fmt.Sprintf("A %s.gtm.test +subnet=%d.%d.%d.0/24", name, 1+i%220, i%256, i/3)
			r := mustAsk(t, at, line)
			if r.status() != "NOERROR" || len(r.answers()) == 0 {
				t.Fatalf("%s: got %s, want an answer", line, r.text)
			}
			if slices.Contains(r.answers(), "127.0.9.23") {
				t.Fatalf("%s: got the disabled location:\n%s", line, r.text)
			}
		}
	}
	if got := mustAsk(t, at, "A contoso-japaneast-01.direct.gtm.test").answers(); !slices.Equal(got, []string{"127.0.9.23"}) {
		t.Errorf("direct name of the disabled location: got %q, want 127.0.9.23", got)
	}
	if p, ok := n.problem(t, "serving_best_effort"); !ok || p.Severity != "critical" {
		t.Errorf("status does not say that best effort is served: %+v", n.status(t).Problems)
	}
	for id, v := range n.verdicts(t) {
		if strings.HasPrefix(id, "names/") && v.Verdict != "unchecked" {
			t.Errorf("%s, a name that nobody can look up: got %s, want unchecked", id, v.Verdict)
		}
	}
	n.event(t, "profile_bestEffort")
}

// TestResolverDies has targets that are names: when the resolver of the node
// dies, they keep their verdict and the answers stay (faults.md A9).
func TestResolverDies(t *testing.T) {
	t.Parallel()
	b := startTarget(t, "127.0.9.31:0")
	// A port that the kernel gives to nobody: none else answers there later.
	lookup := serve(t, "", strings.Replace(plainNode, "127.0.0.1:0", fmt.Sprintf("127.0.9.32:%d", fixedPort), 1), head+"records: |\n  backend 1 A 127.0.9.31\nprofiles:\n  - {name: x, trafficRoutingMethod: Priority, endpoints: [{name: a, target: 192.0.2.9, alwaysServe: Enabled}]}\n")
	document := strings.ReplaceAll(head, "gtm.test", "other.test") + fmt.Sprintf(`
profiles:
  - name: web
    trafficRoutingMethod: Priority
    monitorConfig: {protocol: HTTP, port: %d, path: /, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0}
    endpoints: [{name: first, target: backend.gtm.test}, {name: second, target: www.example.test, alwaysServe: Enabled}]
`, b.port())
	n := serve(t, "", strings.Replace(plainNode, "127.0.0.1:1", lookup.dns(t).String(), 1), document)
	at := n.dns(t)
	eventually(t, startTime, "first verdict", func() (bool, string) {
		v := n.verdicts(t)["web/first"]
		return v.Verdict == "up", fmt.Sprintf("%+v", v)
	})
	lookup.kill()
	always(t, 8*interval, "verdict and answer without a resolver", func() (bool, string) {
		v := n.verdicts(t)["web/first"]
		r := mustAsk(t, at, "A web.other.test")
		return v.Verdict != "down" && slices.Equal(r.answers(), []string{"backend.gtm.test."}), v.Verdict + " " + v.Detail + "\n" + r.text
	})
}

// TestIsolatedProber cuts a node off: all targets and its reference fall
// silent at once. It holds its verdicts. When the reference answers again and
// the targets do not, it believes its probes (faults.md A1).
func TestIsolatedProber(t *testing.T) {
	t.Parallel()
	outside := []string{"10.9.0.1/32", "10.9.0.2/32", "10.9.0.3/32"}
	const reference = "10.9.1.1/32"
	ns := newNamespace(t, append(outside, reference, "10.8.0.1/32")...)
	document := head + "profiles:\n"
	for i, name := range []string{"one", "two", "three"} {
		address := fmt.Sprintf("10.9.0.%d", i+1)
		startBackend(t, ns, address+":8080")
		document += failover(name, address, 8080)
	}
	startBackend(t, ns, "10.9.1.1:5353")
	n := serve(t, ns, strings.Replace(plainNode, "admin:", `probe: {references: ["10.9.1.1:5353"]}`+"\nadmin:", 1), document)
	n.allUp(t)
	at := n.dns(t)
	firsts := func() (held bool, seen string) {
		held = true
		for i, name := range []string{"one", "two", "three"} {
			var r reply
			var err error
			ns.inside(t, func() { r, err = ask(at, "A "+name+".gtm.test") })
			held = held && err == nil && slices.Equal(r.answers(), []string{fmt.Sprintf("10.9.0.%d", i+1)})
			seen += r.text
		}
		return held, seen
	}
	all := append([]string{reference}, outside...)
	// Where the addresses were is now a wire to nobody.
	run(t, "ip", "-n", string(ns), "link", "add", "wire", "type", "veth", "peer", "name", "end")
	run(t, "ip", "-n", string(ns), "link", "set", "wire", "up")
	run(t, "ip", "-n", string(ns), "link", "set", "end", "up")
	run(t, "ip", "-n", string(ns), "route", "add", "10.9.0.0/16", "dev", "wire", "src", "10.8.0.1")
	for _, a := range all {
		run(t, "ip", "-n", string(ns), "address", "del", a, "dev", "lo")
	}
	always(t, 2*promise, "answers of an isolated node", firsts)
	if health := run(t, "meridian", "health", "--server", n.server()); !strings.Contains(health, "abstaining") {
		t.Errorf("meridian health does not say that the prober abstains:\n%s", health)
	}
	if p, ok := n.problem(t, "prober_abstains"); !ok {
		t.Errorf("status does not say that the prober abstains: %+v", n.status(t).Problems)
	} else if p.Text == "" {
		t.Error("the status says that the prober abstains, and not why")
	}
	run(t, "ip", "-n", string(ns), "address", "add", reference, "dev", "lo")
	eventually(t, startTime, "answers after the reference is back", func() (bool, string) {
		held, seen := firsts()
		return !held && strings.Count(seen, "198.51.100.2") == 3, seen
	})
}

// TestSlowTargetsDelayNobody has many targets that hang: a target that is well
// is still probed on time.
func TestSlowTargetsDelayNobody(t *testing.T) {
	t.Parallel()
	hanging := startBackend(t, "", "127.0.9.41:18093")
	well := startTarget(t, "127.0.9.42:0")
	document := head + "profiles:\n" + failover("well", "127.0.9.42", well.port())
	for i := range 100 {
		document += failover(fmt.Sprintf("h%d", i), "127.0.9.41", 18093)
	}
	n := serve(t, "", plainNode, document)
	n.allUp(t)
	hanging.signal(t, syscall.SIGSTOP)
	at := n.dns(t)
	answered(t, startTime, at, "A h99.gtm.test", "198.51.100.2")
	took := timely(t, "an answer beside hanging targets", promise+margin, func() time.Duration {
		answered(t, startTime, at, "A well.gtm.test", "127.0.9.42")
		well.fault.Store(fault503)
		defer well.fault.Store(faultNone)
		return answered(t, startTime, at, "A well.gtm.test", "198.51.100.2")
	})
	t.Logf("beside 100 hanging targets the answer moved after %v", took)
	hanging.signal(t, syscall.SIGCONT)
}
