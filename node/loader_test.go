package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/configs"
)

// status is what the admin API shows.
func status(t *testing.T, n *Node) api.Status {
	t.Helper()
	var s api.Status
	get(t, n, "GET", "/v1/status", &s)
	return s
}

func problem(s api.Status, code string) string {
	for _, p := range s.Problems {
		if p.Code == code {
			return p.Text
		}
	}
	return ""
}

// TestSerial: the same document keeps its serial over a restart, another one
// raises it, and it never falls.
func TestSerial(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	run := func(service string) (uint32, string) {
		t.Helper()
		w.write(t, "service.yaml", service)
		o := w.options(t)
		o.Config.Roles.Admin = false
		n := must[*Node](t)(New(o))
		defer stop(t, n)
		if err := n.Start(); err != nil {
			t.Fatal(err)
		}
		return serial(t, n), addrs(t, n, "shop.gtm.test.")
	}
	for i, tt := range []struct {
		service string
		serial  uint32
		answer  string
	}{
		{plain("192.0.2.1"), 1, "192.0.2.1"},
		{"# the same\n" + plain("192.0.2.1"), 1, "192.0.2.1"},
		{plain("192.0.2.2"), 2, "192.0.2.2"},
		{"name: {", 2, "192.0.2.2"},
		{plain("192.0.2.1"), 3, "192.0.2.1"},
	} {
		if s, a := run(tt.service); s != tt.serial || a != tt.answer {
			t.Errorf("start %d: got serial %d, answer %s, want %d and %s", i+1, s, a, tt.serial, tt.answer)
		}
	}
}

// TestLastKnownGood: a document that cannot be used is no reason not to serve,
// and status says what is wrong with it.
func TestLastKnownGood(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	stop(t, must[*Node](t)(New(w.options(t))))
	for _, tt := range []struct {
		name, want string
		breakIt    func()
	}{
		{"broken", "service.yaml:5:1", func() { w.write(t, "service.yaml", head+"\nnonsense: 1\n") }},
		{"missing", "no such file", func() { _ = os.Remove(w.path("service.yaml")) }},
	} {
		tt.breakIt()
		n := w.start(t, nil)
		if got := addrs(t, n, "shop.gtm.test."); got != "192.0.2.1" {
			t.Errorf("%s: answer: got %s, want 192.0.2.1", tt.name, got)
		}
		s := status(t, n)
		if got := problem(s, "plan_rejected"); !strings.Contains(got, tt.want) || !strings.Contains(s.Plan.Rejected, tt.want) || s.OK {
			t.Errorf("%s: got problem %q, rejected %q, ok %t, want %q", tt.name, got, s.Plan.Rejected, s.OK, tt.want)
		}
		if s.Plan.Serial != 1 || s.Plan.Source != "disk" || !s.Plan.Durable {
			t.Errorf("%s: got plan %+v, want 1 from disk, durable", tt.name, s.Plan)
		}
		if got := get(t, n, "GET", "/readyz", nil); got != 200 {
			t.Errorf("%s: readyz: got %d, want 200", tt.name, got)
		}
		if !told(n, "plan_rejected", tt.want) {
			t.Errorf("%s: got events %v, want plan_rejected with %q", tt.name, kinds(n), tt.want)
		}
		stop(t, n)
	}
	w.write(t, "service.yaml", "profiles: {")
	n := w.start(t, nil)
	w.write(t, "service.yaml", plain("192.0.2.1"))
	if _, err := n.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := status(t, n); !s.OK || s.Plan.Rejected != "" || s.Plan.Source != w.path("service.yaml") || s.Plan.Serial != 1 {
		t.Errorf("document repaired: got ok %t, plan %+v, problems %v", s.OK, s.Plan, s.Problems)
	}
}

// TestNothingToServe: without a document and without a plan on disk, both
// errors are told.
func TestNothingToServe(t *testing.T) {
	w := newWorld(t, head+"\nfirst: 1\nsecond: 2\n")
	_, err := New(w.options(t))
	if err == nil || !strings.Contains(err.Error(), "first") || !strings.Contains(err.Error(), "second") {
		t.Errorf("got %v, want both problems", err)
	}
	w.write(t, "data/plan.current", "rubbish")
	_, err = New(w.options(t))
	if err == nil || !strings.Contains(err.Error(), "second") || !strings.Contains(err.Error(), "plan.current") {
		t.Errorf("got %v, want the problems of the document and of the disk", err)
	}
}

// TestDamagedPlan: a damaged state file gives the previous plan, and log, event
// and status say so; no serial is used twice.
func TestDamagedPlan(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"truncated", func(b []byte) []byte { return b[:len(b)/2] }},
		{"a flipped bit", func(b []byte) []byte { b[len(b)-5] ^= 1; return b }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, plain("192.0.2.1"))
			n := w.start(t, func(o *Options) { o.Config.Roles.Admin = false })
			w.write(t, "service.yaml", plain("192.0.2.2"))
			if _, err := n.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			stop(t, n)
			file := w.path("data/plan.current")
			data := must[[]byte](t)(os.ReadFile(file))
			if err := os.WriteFile(file, tt.damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			w.write(t, "service.yaml", "{")
			n = w.start(t, nil)
			if got := addrs(t, n, "shop.gtm.test."); got != "192.0.2.1" {
				t.Errorf("answer: got %s, want 192.0.2.1, that of the previous plan", got)
			}
			s := status(t, n)
			if got := problem(s, "state_damaged"); !strings.Contains(got, "previous generation") || s.OK {
				t.Errorf("status: got %q, ok %t, want the note", got, s.OK)
			}
			if !told(n, "state_damaged", "previous generation") || !strings.Contains(w.log.String(), "state file damaged") {
				t.Errorf("got events %v and log %s", kinds(n), w.log.String())
			}
			w.write(t, "service.yaml", plain("192.0.2.3"))
			if _, err := n.Reload(t.Context()); err != nil || serial(t, n) != 3 {
				t.Errorf("next plan: got serial %d, %v, want 3: plan 2 was served once", serial(t, n), err)
			}
		})
	}
}

// TestReload: a bad document changes nothing and says where it is wrong; a good
// one shows what it changes.
func TestReload(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	n := w.start(t, nil)
	wait(t, "scopes are exact", func() bool { return n.pub.current.Load().number == 2 })
	before := n.pub.current.Load()
	w.write(t, "service.yaml", strings.Replace(plain("192.0.2.1"), "ttl: 30", "ttl: minus", 1))
	for range 2 {
		if _, err := n.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "service.yaml:8:10") {
			t.Errorf("bad document: got %v, want service.yaml:8:10", err)
		}
	}
	after := n.pub.current.Load()
	if after.number != before.number || after.view != before.view || serial(t, n) != 1 || addrs(t, n, "shop.gtm.test.") != "192.0.2.1" {
		t.Errorf("bad document: got generation %d, serial %d; before %d", after.number, serial(t, n), before.number)
	}
	events := 0
	for _, k := range kinds(n) {
		if k == "plan_rejected" {
			events++
		}
	}
	if got := problem(status(t, n), "plan_rejected"); events != 1 || !strings.Contains(got, "service.yaml:8:10") || !strings.Contains(got, "plan 1 is") {
		t.Errorf("bad document twice: got %d events and problem %q", events, got)
	}
	if r := must[api.PlanState](t)(planAPI{n}.Plan(t.Context())).Rejected; r == nil || !strings.Contains(r.Why, "service.yaml:8:10") || r.File != w.path("service.yaml") || r.Since.Before(n.started.Truncate(0)) {
		t.Errorf("bad document: the plan shows %+v", r)
	}
	w.write(t, "service.yaml", plain("192.0.2.9"))
	d, err := n.Reload(t.Context())
	if err != nil || len(d.Profiles) != 1 || d.Profiles[0].Groups != d.Groups || d.Profiles[0].Examples[0].After != "192.0.2.9" {
		t.Errorf("good document: got %+v, %v", d, err)
	}
	if s := status(t, n); !s.OK || s.Plan.Rejected != "" || s.Plan.Serial != 2 || addrs(t, n, "shop.gtm.test.") != "192.0.2.9" {
		t.Errorf("good document: got %+v, problems %v", s.Plan, s.Problems)
	}
	if !told(n, "plan_changed", "plan 2 replaces 1: shop changed") {
		t.Errorf("events: got %v", kinds(n))
	}
	if d, err := n.Reload(t.Context()); err != nil || len(d.Profiles) > 0 || serial(t, n) != 2 {
		t.Errorf("same document: got %v, %v, serial %d", d, err, serial(t, n))
	}
}

// TestNotDurable (faults C9, C10): a plan that cannot be saved is served and
// told to be not durable; when the disk is well again it is saved.
func TestNotDurable(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	n := w.start(t, nil)
	block := blockDisk(t, w)
	w.write(t, "service.yaml", plain("192.0.2.2"))
	if _, err := n.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := status(t, n)
	if addrs(t, n, "shop.gtm.test.") != "192.0.2.2" || s.Plan.Durable || problem(s, "plan_not_durable") == "" || !told(n, "plan_not_durable", "plan 2") {
		t.Errorf("disk full: got plan %+v, problems %v, events %v", s.Plan, s.Problems, kinds(n))
	}
	n.loader.saveAgain()
	if s := status(t, n); s.Plan.Durable {
		t.Errorf("disk still full: got durable")
	}
	block()
	before := s.Generation
	n.loader.saveAgain()
	if s := status(t, n); !s.Plan.Durable || !s.OK || !told(n, "plan_durable", "plan 2") || s.Generation > before+1 {
		t.Errorf("disk well: got plan %+v, problems %v, events %v", s.Plan, s.Problems, kinds(n))
	}
	stop(t, n)
	w.write(t, "service.yaml", "{")
	n = w.start(t, nil)
	if got := addrs(t, n, "shop.gtm.test."); got != "192.0.2.2" {
		t.Errorf("after a restart: got %s, want 192.0.2.2", got)
	}
}

// blockDisk makes every save of a plan fail, by a folder where its new file
// must go, until the function returned is called.
func blockDisk(t *testing.T, w *world) (unblock func()) {
	t.Helper()
	inTheWay := w.path("data/plan.new")
	if err := os.MkdirAll(filepath.Join(inTheWay, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.RemoveAll(inTheWay); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReloadStorm (fault C20): a hundred reloads under queries leave no failed
// and no mixed answer, no goroutine and no memory.
func TestReloadStorm(t *testing.T) {
	w := newWorld(t, pair("192.0.2.1"))
	n := w.start(t, nil)
	var stopped atomic.Bool
	var asked, failed atomic.Int64
	var askers sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 2 {
		askers.Go(func() {
			for !stopped.Load() && ctx.Err() == nil {
				m, err := exchange(n.DNSAddrs()[0], "shop.gtm.test.", typeA)
				if asked.Add(1); err != nil || m.Rcode != 0 || len(m.Answer) != 2 || last(m.Answer[0].Data) != last(m.Answer[1].Data) {
					failed.Add(1)
					t.Errorf("query: got %v, %v", m, err)
					return
				}
			}
		})
	}
	reload := func(i int) {
		w.write(t, "service.yaml", pair(fmt.Sprintf("192.0.2.%d", i%200+1)))
		if _, err := n.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const warm = 10
	var memory, goroutines [2]int
	measure := func(i int) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		memory[i], goroutines[i] = int(m.HeapAlloc), runtime.NumGoroutine()
	}
	for i := range reloads {
		if i == warm {
			measure(0)
		}
		reload(i)
	}
	measure(1)
	stopped.Store(true)
	askers.Wait()
	if asked.Load() < int64(reloads) || failed.Load() > 0 {
		t.Errorf("got %d queries, %d failed", asked.Load(), failed.Load())
	}
	if goroutines[1] > goroutines[0]+5 {
		t.Errorf("goroutines: got %d after %d reloads, %d after %d", goroutines[1], reloads, goroutines[0], warm)
	}
	if memory[1] > memory[0]+memory[0]/3+8<<20 {
		t.Errorf("memory: got %d MiB after %d reloads, %d after %d", memory[1]>>20, reloads, memory[0]>>20, warm)
	}
	t.Logf("%d reloads, %d queries; heap %d MiB, then %d", reloads, asked.Load(), memory[0]>>20, memory[1]>>20)
}

// pair is a document of which one plan's answers hold two addresses that end
// alike.
func pair(address string) string {
	other := strings.Replace(address, "192.0.2.", "198.51.100.", 1)
	return head + `
profiles:
  - name: shop
    trafficRoutingMethod: MultiValue
    ttl: 30
    maxReturn: 2
    endpoints:
      - {name: a, target: ` + address + `, alwaysServe: Enabled}
      - {name: b, target: ` + other + `, alwaysServe: Enabled}
`
}

// last returns the last octet of an address.
func last(address string) string { return address[strings.LastIndexByte(address, '.'):] }

// TestHungReload: a reload that hangs in reading holds up neither those who do
// not want to wait for it nor the end; when it comes back nothing changes.
func TestHungReload(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	n := must[*Node](t)(New(w.options(t)))
	hangs, release := make(chan struct{}, 10), make(chan struct{})
	n.loader.load = func(string) (*configs.Bundle, error) {
		hangs <- struct{}{}
		<-release
		return nil, errors.New("gone")
	}
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	<-hangs // the first look of the file watcher
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Reload(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("second reload: got %v, want %v", err, context.Canceled)
	}
	waits := make(chan error)
	go func() {
		_, err := n.Reload(context.Background())
		waits <- err
	}()
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := n.Shutdown(short)
	if err == nil || !strings.Contains(err.Error(), "stopping file watcher: ") || strings.Contains(err.Error(), "dns server") {
		t.Errorf("shutdown: got %v, want that the file watcher alone could not be stopped", err)
	}
	if short.Err() != nil {
		t.Errorf("shutdown took all of its time")
	}
	if err := <-waits; !errors.Is(err, ErrNotServing) {
		t.Errorf("waiting reload: got %v, want %v", err, ErrNotServing)
	}
	close(release)
	n.loader.turn <- struct{}{} // the hung one is over
	if told(n, "plan_rejected", "") {
		t.Errorf("a reload after the end was told: %v", kinds(n))
	}
}

// TestWarningsOfTheDocument: they are logged at start, and are no part of why a
// document is rejected; one that can be used again is told.
func TestWarningsOfTheDocument(t *testing.T) {
	w := newWorld(t, plain("192.0.2.1"))
	n := w.start(t, nil)
	if got := strings.Count(w.log.String(), "service document has a warning"); got != 1 || !strings.Contains(w.log.String(), "one name server") {
		t.Errorf("at start: got %d warnings in %s, want one of the name server", got, w.log.String())
	}
	w.write(t, "service.yaml", strings.Replace(plain("192.0.2.1"), "ttl: 30", "ttl: minus", 1))
	if _, err := n.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "one name server") {
		t.Errorf("bad document: got %v, want all of its problems", err)
	}
	s := status(t, n)
	if got := s.Plan.Rejected; !strings.Contains(got, "service.yaml:8:10") || strings.Contains(got, "warning:") {
		t.Errorf("rejected: got %q, want the error alone", got)
	}
	w.write(t, "service.yaml", plain("192.0.2.1"))
	for range 2 {
		if _, err := n.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	accepted := 0
	for _, k := range kinds(n) {
		if k == "plan_accepted" {
			accepted++
		}
	}
	if accepted != 1 || !told(n, "plan_accepted", "plan 1") || !strings.Contains(w.log.String(), "service document accepted") {
		t.Errorf("restored: got events %v, want plan_accepted once", kinds(n))
	}
}
