//go:build linux

package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"meridian/admin/api"
)

// Ports of every region: each has an address of its own.
const (
	gossipPort  = 7946
	streamsPort = 7947
	httpPort    = 8080
)

// region is a node that is alone in its location.
type region struct {
	*node
	name    string // of the node
	id      string // of the location
	display string
	address netip.Addr
}

// cluster is the regions of one service, with one name server and one gateway
// each.
type cluster struct {
	regions []*region
	secret  string // the gossip key, as its file has it
	options clusterOptions
}

// clusterOptions is how a cluster is made; the zero value is three regions on
// loopback addresses whose plan comes from the first one's file.
type clusterOptions struct {
	regions    int        // 3
	planSource string     // file
	trust      string     // any
	references string     // of the probes, as YAML; none
	backend    string     // URL; one that answers 200 to everything
	extra      string     // lines at the end of the service document
	interval   int        // of the gateway profile's probes, in seconds; 1
	tolerated  int        // failures; 2
	ttl        int        // of the gateway profile, in seconds; 5
	net        *internet  // where the regions are; nil: on loopback
	first      netip.Addr // of the regions on loopback; the zero Addr: random
}

func (o clusterOptions) withDefaults(t *testing.T) clusterOptions {
	o.regions, o.interval, o.tolerated, o.ttl = orNumber(o.regions, 3), orNumber(o.interval, 1), orNumber(o.tolerated, 2), orNumber(o.ttl, 5)
	o.planSource, o.trust, o.references = orText(o.planSource, "file"), orText(o.trust, "any"), orText(o.references, "[]")
	if o.net == nil && !o.first.IsValid() {
		o.first = reserved(t)
	}
	if o.backend == "" {
		o.backend = "http://" + startApp(t, o.net)
	}
	return o
}

// reservationPort is bound at the first address of regions on loopback, by the
// test that has them.
const reservationPort = 7945

// reserved returns the first of some loopback addresses that no other test has,
// here or in another process, until the test ends.
func reserved(t *testing.T) netip.Addr {
	t.Helper()
	for range 100 {
		first := netip.AddrFrom4([4]byte{127, byte(128 + mathrand.IntN(100)), byte(mathrand.IntN(256)), 1})
		if l, err := net.Listen("tcp", netip.AddrPortFrom(first, reservationPort).String()); err == nil {
			t.Cleanup(func() { _ = l.Close() })
			return first
		}
	}
	t.Fatal("no loopback address is to be had in 100 attempts")
	return netip.Addr{}
}

func orNumber(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// places are the locations, in the order of the regions.
func places() []string {
	return []string{"West US 2", "West Europe", "Japan East", "Brazil South", "UK South"}
}

// locationID is the id of a location by its name.
func locationID(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "")) }

// newCluster writes the documents of a cluster; nothing is started.
func newCluster(t *testing.T, o clusterOptions) *cluster {
	t.Helper()
	o = o.withDefaults(t)
	c := &cluster{secret: randomHex(), options: o}
	sealing := randomHex()
	address := o.first
	for i, place := range places()[:o.regions] {
		r := &region{name: fmt.Sprintf("n%d", i+1), id: locationID(place), display: place, address: address}
		ns := namespace("")
		if o.net != nil {
			ns, r.address = o.net.attach(t, 1+i)
		} else {
			address = address.Next()
		}
		r.node = &node{ns: ns}
		c.regions = append(c.regions, r)
	}
	for _, r := range c.regions {
		r.node = newNode(t, r.ns, c.nodeFile(r), c.service())
		private(t, r.path("gossip.key"), c.secret)
		private(t, r.path("secrets.key"), sealing)
	}
	return c
}

// startCluster starts a cluster and waits until all regions serve one plan and
// know each other.
func startCluster(t *testing.T, o clusterOptions) *cluster {
	t.Helper()
	c := newCluster(t, o)
	for _, r := range c.regions {
		r.start(t)
	}
	for _, r := range c.regions {
		r.ready(t)
	}
	c.settled(t, c.regions...)
	return c
}

func randomHex() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// private writes a file that only its owner may read.
func private(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// nodeFile is the node file of a region.
func (c *cluster) nodeFile(r *region) string {
	var join []string
	for _, other := range c.regions {
		join = append(join, fmt.Sprintf("%q", netip.AddrPortFrom(other.address, gossipPort)))
	}
	o := &c.options
	return fmt.Sprintf(`
node: {name: %[1]s, location: %[2]s, dataDir: state, secretsKeyFile: secrets.key}
dns: {listen: ["%[3]s:5300"], rateLimit: {enabled: false}}
gateway: {listen: [{address: "%[3]s:8080"}], advertise: [%[3]s], peer: "%[3]s:7947", backend: %[4]q}
probe: {references: %[5]s}
resolver: {servers: ["127.0.0.1:1"]}
admin: {socket: admin.sock}
cluster: {bind: "%[3]s:7946", join: [%[6]s], keyFile: gossip.key, trust: %[7]s}
planSource: %[8]s
service: service.yaml
`, r.name, r.display, r.address, o.backend, o.references, strings.Join(join, ", "), o.trust, o.planSource)
}

// service is the service document of all regions.
func (c *cluster) service() string {
	o := &c.options
	var b strings.Builder
	fmt.Fprintf(&b, `
name: contoso
zone: gtm.test
nameServers: [{name: ns1.gtm.test, addresses: [%s]}, {name: ns2.gtm.test, addresses: [%s]}]
locations:
`, c.regions[0].address, c.regions[1].address)
	for i, r := range c.regions {
		fmt.Fprintf(&b, "  - {name: %s, primary: %t}\n", r.display, i == 0)
	}
	fmt.Fprintf(&b, `
profiles:
  - name: contoso
    trafficRoutingMethod: Performance
    ttl: %d
    monitorConfig: {intervalInSeconds: %d, timeoutInSeconds: 1, toleratedNumberOfFailures: %d}
`, o.ttl, o.interval, o.tolerated)
	return b.String() + o.extra
}

// settled waits until regions serve one committed plan, are all members of each
// other's, and answer each other's names.
func (c *cluster) settled(t *testing.T, regions ...*region) {
	t.Helper()
	for _, r := range regions {
		eventually(t, 2*startTime, r.name+" having settled", func() (bool, string) { return r.sees(t, regions) })
	}
}

// sees reports whether a region serves a committed plan and has the others.
func (r *region) sees(t *testing.T, regions []*region) (bool, string) {
	t.Helper()
	plan, err := r.api.Plan(t.Context())
	if err != nil {
		return false, err.Error()
	}
	cl, err := r.api.Cluster(t.Context())
	if err != nil {
		return false, err.Error()
	}
	alive := map[string]bool{}
	for _, m := range cl.Members {
		alive[m.Name] = m.State == "alive"
	}
	for _, other := range regions {
		if !alive[other.name] && other != r {
			return false, fmt.Sprintf("%s does not see %s: %+v", r.name, other.name, cl.Members)
		}
		if got, err := r.regional(other.id); err != nil || got != other.address {
			return false, fmt.Sprintf("%s answers %v, %v for %s", r.name, got, err, other.id)
		}
	}
	return !plan.Provisional && plan.Version.Term > 0, fmt.Sprintf("%+v", plan)
}

// at is where the region's name server is.
func (r *region) at() netip.AddrPort { return netip.AddrPortFrom(r.address, fixedPort) }

// regional asks the region's name server, from beside it, for a location's
// regional name: its own address while it is on.
func (r *region) regional(location string) (netip.Addr, error) {
	return r.asked("A contoso-" + location + "-01.regional.gtm.test")
}

// asked returns the first address of an answer.
func (r *region) asked(line string) (netip.Addr, error) {
	got, err := r.ask(line)
	if err != nil {
		return netip.Addr{}, err
	}
	all := got.answers()
	if len(all) == 0 {
		return netip.Addr{}, fmt.Errorf("no address: %s", got.text)
	}
	return netip.ParseAddr(all[0])
}

// ask asks the region's name server from beside it.
func (r *region) ask(line string) (got reply, err error) {
	if r.ns == "" {
		return ask(r.at(), line)
	}
	visited := make(chan error, 1)
	go func() {
		visited <- r.ns.visit(func() { got, err = ask(r.at(), line) })
	}()
	if failed := <-visited; failed != nil {
		return got, failed
	}
	return got, err
}

// flip says what a location's switch shall be, at this region. Nothing but the
// rule of the last location holds it.
func (r *region) flip(t *testing.T, location string, off bool) (api.Change, error) {
	t.Helper()
	return r.api.PatchLocation(t.Context(), location, api.LocationPatch{DisableGateway: &off}, api.Terms{
		Reason: "test", Timeout: 5 * time.Second, Bypass: []string{"degraded", "relay"},
	})
}

// mustFlip is flip where nothing may go wrong.
func (r *region) mustFlip(t *testing.T, location string, off bool) api.Change {
	t.Helper()
	c, err := r.flip(t, location, off)
	if err != nil {
		t.Fatalf("switching %s at %s to %t: %v", location, r.name, off, err)
	}
	return c
}

// reaching waits until so many regions serve a change that was accepted here,
// and returns it as it is then. The call that made it returns before that where
// a region takes longer than two seconds: it counts as out of reach.
func (r *region) reaching(t *testing.T, c api.Change, regions int) api.Change {
	t.Helper()
	if c.Noop {
		t.Fatalf("%s at %s is %s already", c.Object, r.name, c.Value)
	}
	eventually(t, startTime, fmt.Sprintf("change of %s at %s being in service at %d", c.Object, r.name, regions), func() (bool, string) {
		got, err := r.api.Change(t.Context(), c.ID, api.Terms{Wait: api.WaitNone})
		if err != nil {
			return false, err.Error()
		}
		c = got
		return len(c.Applied) >= regions, fmt.Sprintf("%+v", c)
	})
	return c
}

// switched waits until regions say that a location is off, or on.
func switched(t *testing.T, within time.Duration, location string, off bool, regions ...*region) time.Duration {
	t.Helper()
	begin := time.Now()
	for _, r := range regions {
		eventually(t, within-time.Since(begin), fmt.Sprintf("%s saying %t of %s", r.name, off, location), func() (bool, string) {
			l, err := r.api.Location(t.Context(), location)
			return err == nil && l.DisableGateway == off, fmt.Sprintf("%v %+v", err, l.Settings)
		})
	}
	return time.Since(begin)
}

// startApp is what the gateways have behind them: it answers 200 with the
// body it got, and echoes over WebSockets at /echo.
func startApp(t *testing.T, inside *internet) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/echo", websocket.Handler(echo))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 4096)
		n, _ := r.Body.Read(body) // what is missing is missing in the answer
		w.Header().Set("Backend-Saw", r.Host)
		_, _ = w.Write(body[:n]) // the client may have gone
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	var ns namespace
	address := netip.MustParseAddr("127.0.0.1")
	if inside != nil {
		ns, address = inside.attach(t, backendHost)
	}
	var listener net.Listener
	ns.inside(t, func() {
		var err error
		if listener, err = net.Listen("tcp", netip.AddrPortFrom(address, 0).String()); err != nil {
			t.Error(err)
		}
	})
	if listener == nil {
		t.FailNow()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(listener) // until Close
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return listener.Addr().String()
}

func echo(ws *websocket.Conn) {
	buf := make([]byte, 1024)
	for {
		n, err := ws.Read(buf)
		if err != nil {
			return
		}
		if _, err := ws.Write(buf[:n]); err != nil {
			return
		}
	}
}
