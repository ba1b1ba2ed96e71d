//go:build linux

package e2e

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// nobody is an address at which nothing listens.
const nobody = "127.0.0.1:1"

// loneService is a document whose profile web answers the address given; its
// targets refuse every probe.
func loneService(address string) string {
	return fmt.Sprintf(`
name: contoso
zone: gtm.test
nameServers:
  - {name: ns1.gtm.test, addresses: [192.0.2.1]}
  - {name: ns2.gtm.test, addresses: [198.51.100.1]}
locations:
  - {name: West US 2, gateways: [{name: westus2-1, addresses: [127.0.9.99], port: 1}]}
profiles:
  - name: web
    trafficRoutingMethod: Priority
    endpoints:
      - {name: first, target: %s, alwaysServe: Enabled}
      - {name: second, target: 127.0.9.98}
  - name: probed
    trafficRoutingMethod: Weighted
    monitorConfig: {protocol: TCP, port: 1, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0}
    endpoints: [{name: a, target: 127.0.9.97}, {name: b, target: 127.0.9.96}]
`, address)
}

// loneNode is a node file in which everything outside is dead.
func loneNode(listen string) string {
	return fmt.Sprintf(`
node: {name: lone, location: West US 2, dataDir: state}
dns: {listen: [%q]}
probe: {references: [%q]}
resolver: {servers: [%q]}
admin: {socket: admin.sock}
service: service.yaml
`, listen, nobody, nobody)
}

// fixedPort is below the ports that the kernel gives to clients: one of those
// could take the port of a dead server, and then hear itself.
const fixedPort = 5300

// lone starts a node alone in the world, at an address of its own that it keeps
// when it is started again.
func lone(t *testing.T, address string) (*node, netip.AddrPort) {
	t.Helper()
	own := netip.AddrFrom4([4]byte{127, byte(64 + rand.IntN(64)), byte(rand.IntN(256)), byte(1 + rand.IntN(254))})
	at := netip.AddrPortFrom(own, fixedPort)
	n := serve(t, "", loneNode(at.String()), loneService(address))
	answered(t, converge, at, "A web.gtm.test", address)
	return n, at
}

// second brings a second plan into service, so that the disk has two.
func second(t *testing.T, n *node, at netip.AddrPort) {
	t.Helper()
	write(t, n.dir, "service.yaml", loneService("192.0.2.82"))
	answered(t, converge, at, "A web.gtm.test", "192.0.2.82")
	eventually(t, converge, "second plan on disk", func() (bool, string) {
		s := n.status(t)
		return s.Plan.Serial == 2 && s.Plan.Durable, fmt.Sprintf("%+v", s.Plan)
	})
}

// restarted starts the node again and returns how long after exec the first
// answer was right.
func restarted(t *testing.T, n *node, at netip.AddrPort, want string) time.Duration {
	t.Helper()
	begin := time.Now()
	n.start(t)
	eventually(t, startTime, "first answer after a restart", func() (bool, string) {
		r, err := askWithin(at, "A web.gtm.test", 50*time.Millisecond)
		if err != nil {
			return false, err.Error() + "\n" + tail(n.log.String())
		}
		if got := r.answers(); !slices.Equal(got, []string{want}) {
			t.Fatalf("first answer after a restart: got %q, want %q", got, want)
		}
		return true, ""
	})
	return time.Since(begin)
}

// TestRestartAlone restarts a node from its disk while its document, its
// resolver, its references and its targets are gone (faults.md C7).
func TestRestartAlone(t *testing.T) {
	n, at := lone(t, "192.0.2.81")
	like := newNode(t, "", loneNode(at.String()), loneService("192.0.2.81")) // never started
	remove(t, n.path("service.yaml"))
	var took []time.Duration
	for i := range attempts {
		if i%2 == 0 {
			n.kill()
		} else if err := n.stop(t, syscall.SIGTERM); err != nil {
			t.Fatalf("ending the node: %v", err)
		}
		took = append(took, like.beyond(t, restarted(t, n, at, "192.0.2.81")))
	}
	if best := slices.Min(took); best > time.Second {
		t.Errorf("first right answer after exec, beyond the machine's: got %v at best, want at most 1 s", best)
	}
	n.ready(t)
	s := n.status(t)
	if s.Plan.Source != "disk" || s.Plan.Serial != 1 || !s.Plan.Durable || !strings.Contains(s.Plan.Rejected, "service.yaml") || s.OK {
		t.Errorf("status: got %+v, ok %t, want plan 1 from disk, with the missing file named, and not ok", s.Plan, s.OK)
	}
	if p, ok := n.problem(t, "plan_rejected"); !ok || !strings.Contains(p.Text, "no such file") {
		t.Errorf("status names no rejected plan: %+v", s.Problems)
	}
	n.event(t, "plan_rejected")
	out, err := attempt(t, "meridian", "status", "--server", n.server())
	if err == nil || !strings.Contains(out, "from disk") || !strings.Contains(out, "service.yaml") {
		t.Errorf("meridian status: got %v and\n%s\nwant exit 1, the plan from disk and the missing file", err, out)
	}
	always(t, 3*time.Second, "answers while everything else is dead", func() (bool, string) { return healthy(at, "A probed.gtm.test") })

	write(t, n.dir, "service.yaml", loneService("192.0.2.83")) // the document is back
	answered(t, converge, at, "A web.gtm.test", "192.0.2.83")
	if s := n.status(t); s.Plan.Serial != 2 || s.Plan.Rejected != "" {
		t.Errorf("status: got %+v, want plan 2, nothing rejected", s.Plan)
	}
}

// healthy reports whether a question gets records.
func healthy(at netip.AddrPort, line string) (bool, string) {
	r, err := ask(at, line)
	if err != nil {
		return false, err.Error()
	}
	return r.status() == "NOERROR" && len(r.answers()) > 0, r.text
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedState damages the newest generation on disk in many ways: the one
// before it is served, and the node says so (faults.md C12).
func TestDamagedState(t *testing.T) {
	n, at := lone(t, "192.0.2.81")
	second(t, n, at)
	n.kill()
	remove(t, n.path("service.yaml"))
	good := []byte(read(t, n.path("state/plan.current")))
	flip := func(at int) []byte {
		out := bytes.Clone(good)
		out[at] ^= 0x10
		return out
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"empty", nil},
		{"cut in the header", good[:20]},
		{"cut in the middle", good[:len(good)/2]},
		{"last octet missing", good[:len(good)-1]},
		{"one octet more", append(bytes.Clone(good), 0)},
		{"magic flipped", flip(0)},
		{"version flipped", flip(11)},
		{"time flipped", flip(15)},
		{"length flipped", flip(24)},
		{"checksum flipped", flip(40)},
		{"data flipped", flip(len(good) / 2)},
		{"last octet flipped", flip(len(good) - 1)},
		{"another file", []byte(read(t, n.path("state/cookie.current")))},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, n.dir, "state/plan.current", string(c.data))
			took := restarted(t, n, at, "192.0.2.81")
			n.ready(t)
			if s := n.status(t); s.Plan.Serial != 1 || s.Plan.Source != "disk" {
				t.Errorf("got plan %d from %s, want 1 from disk", s.Plan.Serial, s.Plan.Source)
			}
			n.says(t, converge, "state file damaged")
			if e := n.event(t, "state_damaged"); !strings.Contains(e.Text, "plan.current") {
				t.Errorf("event: got %q, want the damaged file named", e.Text)
			}
			if p, ok := n.problem(t, "state_damaged"); !ok || !strings.Contains(p.Text, "plan.current") {
				t.Errorf("status: got %+v, want state_damaged with the file named", n.status(t).Problems)
			}
			t.Logf("first right answer after %v", took)
			n.kill()
		})
	}
}

// TestBothGenerationsDamaged has nothing to serve: the node ends and names both
// files. With its document it serves.
func TestBothGenerationsDamaged(t *testing.T) {
	n, at := lone(t, "192.0.2.81")
	second(t, n, at)
	n.kill()
	document := read(t, n.path("service.yaml"))
	remove(t, n.path("service.yaml"))
	write(t, n.dir, "state/plan.current", "broken", "state/plan.previous", "broken too")
	n.start(t)
	select {
	case <-n.ended:
	case <-time.After(startTime):
		t.Fatal("the node runs without anything to serve")
	}
	for _, want := range []string{"service.yaml", "plan.current", "plan.previous"} {
		if !strings.Contains(n.log.String(), want) {
			t.Errorf("the node printed\n%swant %s named", n.log.String(), want)
		}
	}
	if code := n.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("got exit code %d, want 1", code)
	}
	write(t, n.dir, "service.yaml", document)
	restarted(t, n, at, "192.0.2.82")
}

// TestKilledWhileSaving kills a node again and again while plans come in: what
// is on disk can always be served (faults.md C11).
func TestKilledWhileSaving(t *testing.T) {
	n, at := lone(t, "192.0.2.1")
	for i := range 12 {
		for j := range 4 {
			write(t, n.dir, "service.yaml", loneService(fmt.Sprintf("192.0.2.%d", 10*i+j+1)))
			n.signal(t, syscall.SIGHUP)
			pause(t, time.Duration(i*3)*time.Millisecond)
		}
		n.kill()
		remove(t, n.path("service.yaml"))
		n.start(t)
		n.ready(t)
		if ok, seen := healthy(at, "A web.gtm.test"); !ok {
			t.Fatalf("after kill %d: %s", i, seen)
		}
		if _, damaged := n.problem(t, "state_damaged"); damaged || strings.Contains(n.log.String(), "damaged") {
			t.Fatalf("after kill %d a generation is damaged:\n%s", i, n.log.String())
		}
	}
}

// pause lets a process under test go on for a moment, to be hit at another
// place than before.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// cookieOption is the code of DNS cookies (RFC 7873).
const cookieOption = 10

// cookie asks with a cookie and returns the one in the reply.
func cookie(t *testing.T, at netip.AddrPort, with []byte) []byte {
	t.Helper()
	query, err := dnstest.Query("A web.gtm.test +cookie=" + hex.EncodeToString(with))
	if err != nil {
		t.Fatal(err)
	}
	msg, err := dnstest.UDP(at, query, dnstest.Patience)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := dnstest.Option(msg, cookieOption)
	if !ok || len(got) != 24 {
		t.Fatalf("got cookie %x, want 24 octets", got)
	}
	return got
}

// TestKilledUnderLoad kills a node that is asked all the time and starts it
// again: a short gap, the cookies of before are still good (faults.md D15).
func TestKilledUnderLoad(t *testing.T) {
	n, at := lone(t, "192.0.2.81")
	before := cookie(t, at, []byte("clientck"))
	load := startLoad(at)
	load.waitFor(t, 200)
	timely(t, "gap from the kill to the first right answer", time.Second, func() time.Duration {
		n.kill()
		died := time.Now()
		n.start(t)
		answered(t, startTime, at, "A web.gtm.test", "192.0.2.81")
		return n.beyond(t, time.Since(died))
	})
	load.waitFor(t, load.answers()+200)
	load.stop()
	t.Logf("%d right answers, %d wrong", load.answers(), load.wrong)
	if load.wrong > 0 {
		t.Errorf("got %d wrong answers: %s", load.wrong, load.example)
	}
	if after := cookie(t, at, before); !bytes.Equal(after, before) {
		t.Errorf("a cookie of before the kill was renewed: got %x, want %x", after, before)
	}
}

// load asks over and over in two goroutines.
type load struct {
	mu      sync.Mutex
	right   int
	wrong   int
	example string
	quit    chan struct{}
	done    sync.WaitGroup
}

func startLoad(at netip.AddrPort) *load {
	l := &load{quit: make(chan struct{})}
	for range 2 {
		l.done.Go(func() { l.run(at) })
	}
	return l
}

func (l *load) run(at netip.AddrPort) {
	for {
		select {
		case <-l.quit:
			return
		default:
		}
		r, err := askWithin(at, "A web.gtm.test", 20*time.Millisecond)
		if err != nil {
			continue // nobody is there, or the reply was lost
		}
		l.mu.Lock()
		if slices.Equal(r.answers(), []string{"192.0.2.81"}) {
			l.right++
		} else {
			l.wrong++
			l.example = r.text
		}
		l.mu.Unlock()
	}
}

func (l *load) answers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.right
}

func (l *load) waitFor(t *testing.T, answers int) {
	t.Helper()
	eventually(t, startTime, "answers under load", func() (bool, string) { return l.answers() >= answers, fmt.Sprint(l.answers()) })
}

func (l *load) stop() {
	close(l.quit)
	l.done.Wait()
}
