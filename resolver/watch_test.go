package resolver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// diary is what a watch was told, and when.
type diary struct {
	mu    sync.Mutex
	start time.Time
	lines []string
}

func newDiary() *diary { return &diary{start: time.Now()} }

func (d *diary) write(name dnswire.Name, a Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	line := fmt.Sprintf("%s %v", name, a.Addrs)
	if a.Stale {
		line += " stale"
	}
	if a.Err != nil {
		line += " " + kindIn(a.Err).String()
	}
	d.lines = append(d.lines, line)
}

func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

func (d *diary) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := d.take(); !slices.Equal(got, want) {
		t.Errorf("after %s: got %q, want %q", time.Since(d.start), got, want)
	}
}

// switchable is a server whose answers change under way.
type switchable struct {
	mu      sync.Mutex
	answers map[string]string
}

func (s *switchable) set(answers map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
}

func (s *switchable) serve(network, server string, query *dns.Msg) []*dns.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return zone(s.answers)(network, server, query)
}

func watch(t *testing.T, r *Resolver, d *diary, names ...dnswire.Name) *Watch {
	t.Helper()
	w, err := r.Watch(names, d.write)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func only4(ttl int, addrs ...string) map[string]string {
	var text strings.Builder
	for _, addr := range addrs {
		fmt.Fprintf(&text, "x.test. %d A %s\n", ttl, addr)
	}
	return map[string]string{"x.test. A": text.String(), "": soa}
}

func TestWatchTellsChangesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &switchable{answers: only4(60, "192.0.2.1", "192.0.2.2")}
		fake := &fakeNet{serve: server.serve}
		r := newFake(t, fake, Options{})
		d := newDiary()
		watch(t, r, d, "x.test.")
		d.expect(t, "x.test. [192.0.2.1 192.0.2.2]")
		server.set(only4(60, "192.0.2.2", "192.0.2.1")) // another order
		after(10 * time.Minute)
		d.expect(t)
		if got := fake.count(" A;"); got < 10 {
			t.Errorf("got %d questions in ten minutes, want one per TTL at least", got)
		}
		server.set(only4(60, "192.0.2.3"))
		after(time.Minute)
		d.expect(t, "x.test. [192.0.2.3]")
		if a, ok := r.Cached("x.test."); !ok || fmt.Sprint(a.Addrs) != "[192.0.2.3]" || a.Stale || a.Err != nil {
			t.Errorf("Cached: got %v, %v, want 192.0.2.3", a, ok)
		}
	})
}

// TestInterval is the two-minute cycle (DESIGN §8, "Backend DNS"): whatever the
// TTL, between 75 and 90 % of it.
func TestInterval(t *testing.T) {
	for _, ttl := range []int{0, 1, 86400} {
		synctest.Test(t, func(t *testing.T) {
			fake := &fakeNet{serve: (&switchable{answers: only4(ttl, "192.0.2.1")}).serve}
			r := newFake(t, fake, Options{Interval: 2 * time.Minute})
			watch(t, r, newDiary(), "x.test.")
			after(time.Hour)
			low, high := 60*60/108, 60*60/90+1
			if got := fake.count("53 A;"); got < low || got > high {
				t.Errorf("TTL %d: got %d questions in an hour, want %d .. %d", ttl, got, low, high)
			}
			if a, ok := r.Cached("x.test."); !ok || a.Stale {
				t.Errorf("TTL %d: got %v, %v, want fresh addresses", ttl, a, ok)
			}
		})
	}
}

// TestStaleOnError is faults.md A9 and E6: dead servers take no address away
// for an hour, and then it is said.
func TestStaleOnError(t *testing.T) {
	for _, failure := range []string{"silent", "rcode=SERVFAIL", "rcode=REFUSED"} {
		synctest.Test(t, func(t *testing.T) {
			server := &switchable{answers: only4(60, "192.0.2.1")}
			r := newFake(t, &fakeNet{serve: server.serve}, Options{})
			d := newDiary()
			watch(t, r, d, "x.test.")
			d.expect(t, "x.test. [192.0.2.1]")
			server.set(map[string]string{"": failure})
			after(time.Minute + 12*time.Second)
			kind := map[string]Kind{"silent": Timeout, "rcode=SERVFAIL": ServFail, "rcode=REFUSED": Refused}[failure].String()
			d.expect(t, "x.test. [192.0.2.1] stale "+kind)
			start := time.Now()
			if a, err := r.Lookup(t.Context(), "x.test."); err != nil || !a.Stale || time.Since(start) != 0 {
				t.Errorf("%s: got %v, %v after %s, want stale addresses at once", failure, a, err, time.Since(start))
			}
			after(58 * time.Minute)
			d.expect(t)
			after(3 * time.Minute)
			d.expect(t, "x.test. [] "+kind)
			a, err := r.Lookup(t.Context(), "x.test.")
			var failed *Error
			if !errors.As(err, &failed) || failed.Expired != time.Hour || failed.Kind.Definite() {
				t.Errorf("%s: got %v, %v, want a failure that says the addresses are older than 1h", failure, a, err)
			}
			server.set(only4(60, "192.0.2.9"))
			after(12 * time.Second)
			d.expect(t, "x.test. [192.0.2.9]")
		})
	}
}

// TestDenialNeedsThree: one NXDOMAIN or empty answer takes no address away;
// three in a row do, from more than one server where there are more.
func TestDenialNeedsThree(t *testing.T) {
	for denial, kind := range map[string]Kind{"rcode=NXDOMAIN" + soa: NXDomain, soa: NoData} {
		synctest.Test(t, func(t *testing.T) {
			server := &switchable{answers: only4(60, "192.0.2.1")}
			fake := &fakeNet{serve: server.serve}
			r := newFake(t, fake, Options{Servers: addrPorts(server1, server2)})
			d := newDiary()
			watch(t, r, d, "x.test.")
			d.expect(t, "x.test. [192.0.2.1]")
			server.set(map[string]string{"": denial})
			fake.forget()
			for fake.count("53 A;") < 1 {
				after(time.Second)
			}
			after(3 * time.Second)
			d.expect(t, "x.test. [192.0.2.1] stale "+kind.String())
			after(3 * time.Second)
			d.expect(t)
			after(4 * time.Second)
			d.expect(t, "x.test. [] "+kind.String())
			if fake.count(server1+" A;") != 2 || fake.count(server2+" A;") != 1 {
				t.Errorf("%v: got %v, want the second denial from the second server", kind, fake.log)
			}
		})
	}
}

func TestDenialTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32 // for A; the second and third time the name is denied, and so on
		r := newFake(t, &fakeNet{serve: func(network, server string, query *dns.Msg) []*dns.Msg {
			if query.Question[0].Qtype != dns.TypeA {
				return []*dns.Msg{reply(query, "rcode=SERVFAIL")}
			}
			if asked.Add(1)%3 != 1 {
				return []*dns.Msg{reply(query, "rcode=NXDOMAIN"+soa)}
			}
			return []*dns.Msg{reply(query, "x.test. 60 A 192.0.2.1")}
		}}, Options{})
		d := newDiary()
		watch(t, r, d, "x.test.")
		after(10 * time.Minute)
		lines := d.take()
		for _, line := range lines {
			if !strings.HasPrefix(line, "x.test. [192.0.2.1]") {
				t.Errorf("got %q, want the address kept", line)
			}
		}
		if asked.Load() < 20 || len(lines) < 10 {
			t.Errorf("got %d questions and %d changes, want denials to be seen", asked.Load(), len(lines))
		}
	})
}

// TestOneFamilyFails: IPv6 answers that fail take no IPv6 address away and do
// not keep IPv4 from changing.
func TestOneFamilyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &switchable{answers: positive()}
		r := newFake(t, &fakeNet{serve: server.serve}, Options{})
		d := newDiary()
		watch(t, r, d, "x.test.")
		d.expect(t, "x.test. [192.0.2.10 192.0.2.20 2001:db8::1]")
		server.set(map[string]string{"x.test. A": "x.test. 60 A 192.0.2.30", "": "rcode=SERVFAIL"})
		after(2 * time.Minute)
		d.expect(t, "x.test. [192.0.2.30 2001:db8::1]", "x.test. [192.0.2.30 2001:db8::1] stale servfail")
	})
}

func TestOneFamilyNeverWorked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := only4(60, "192.0.2.1")
		answers[""] = "rcode=SERVFAIL"
		r := newFake(t, &fakeNet{serve: (&switchable{answers: answers}).serve}, Options{})
		if a, kind := lookup(t, r, "x.test."); kind != 0 || a.Err != nil || a.Stale || len(a.Addrs) != 1 {
			t.Errorf("got %v, %v, want the IPv4 address alone", a, kind)
		}
	})
}

// TestFailureOutranksNoData: nothing is known of a name with one family empty
// and the other not answered.
func TestFailureOutranksNoData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := map[string]string{"x.test. A": soa, "": "rcode=SERVFAIL"}
		r := newFake(t, &fakeNet{serve: zone(answers)}, Options{})
		if _, kind := lookup(t, r, "x.test."); kind != ServFail {
			t.Errorf("got %v, want %v", kind, ServFail)
		}
	})
}

func TestSetStopsAndStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := only4(60, "192.0.2.1")
		answers["y.test. A"] = "y.test. 60 A 192.0.2.2"
		fake := &fakeNet{serve: zone(answers)}
		r := newFake(t, fake, Options{})
		d, other := newDiary(), newDiary()
		w := watch(t, r, d, "x.test.")
		second := watch(t, r, other, "x.test.")
		synctest.Wait()
		d.take()
		if err := w.Set([]dnswire.Name{"y.test.", "y.test."}); err != nil {
			t.Fatal(err)
		}
		d.expect(t, "y.test. [192.0.2.2]")
		other.expect(t, "x.test. [192.0.2.1]")
		second.Close()
		w.Close()
		synctest.Wait()
		fake.forget()
		after(time.Hour)
		if got := fake.count("udp"); got != 0 {
			t.Errorf("got %d questions for names nobody watches, want none", got)
		}
		if err := w.Set(nil); err == nil {
			t.Errorf("Set after Close: got nil, want an error")
		}
		watch(t, r, d, "x.test.")
		d.expect(t, "x.test. [192.0.2.1]")
	})
}

func TestEarlyRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &switchable{answers: only4(3600, "192.0.2.1")}
		fake := &fakeNet{serve: server.serve}
		r := newFake(t, fake, Options{})
		d := newDiary()
		if r.Refresh("x.test.") != nil {
			t.Errorf("got a lookup of a name not watched, want none")
		}
		watch(t, r, d, "x.test.")
		d.expect(t, "x.test. [192.0.2.1]")
		server.set(only4(3600, "192.0.2.2"))
		fake.forget()
		accepted := 0
		for range 100 {
			done := r.Refresh("x.test.")
			after(100 * time.Millisecond)
			if done == nil {
				continue
			}
			accepted++
			select {
			case <-done:
			default:
				t.Errorf("refresh %d is not over when its answer is there", accepted)
			}
		}
		if accepted != 2 || fake.count("53 A;") != 2 {
			t.Errorf("got %d refreshes and %v in 10 s, want 2", accepted, fake.log)
		}
		d.expect(t, "x.test. [192.0.2.2]")
	})
}

func TestWatchBeforeStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: zone(positive())}
		r, err := New(Options{Servers: addrPorts(server1), Dial: fake.dial})
		if err != nil {
			t.Fatal(err)
		}
		d := newDiary()
		watch(t, r, d, "x.test.")
		after(time.Minute)
		d.expect(t)
		r.Start()
		r.Start()
		d.expect(t, "x.test. [192.0.2.10 192.0.2.20 2001:db8::1]")
		if err := r.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestManyAddresses is E6's name of 200 addresses.
func TestManyAddresses(t *testing.T) {
	var v4, v6 strings.Builder
	for i := range 200 {
		fmt.Fprintf(&v4, "x.test. 60 A 10.0.0.%d\n", i)
		fmt.Fprintf(&v6, "x.test. 60 AAAA 2001:db8::%x\n", i)
	}
	for name, test := range map[string]struct {
		answers map[string]string
		v4, v6  int
	}{
		"one family":    {map[string]string{"x.test. A": v4.String(), "": soa}, 64, 0},
		"both families": {map[string]string{"x.test. A": v4.String(), "x.test. AAAA": v6.String()}, 32, 32},
		"few and many":  {map[string]string{"x.test. A": "x.test. 60 A 10.0.0.1", "x.test. AAAA": v6.String()}, 1, 63},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newFake(t, &fakeNet{serve: zone(test.answers)}, Options{})
			a, _ := lookup(t, r, "x.test.")
			n4 := 0
			for _, addr := range a.Addrs {
				if addr.Is4() {
					n4++
				}
			}
			if n4 != test.v4 || len(a.Addrs)-n4 != test.v6 {
				t.Errorf("%s: got %d and %d, want %d and %d", name, n4, len(a.Addrs)-n4, test.v4, test.v6)
			}
		})
	}
}

func TestMaxNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeNet{serve: zone(map[string]string{"": soa})}, Options{MaxNames: 3})
		d := newDiary()
		w := watch(t, r, d, "a.test.", "b.test.")
		for i := range 20 {
			lookup(t, r, dnswire.Name(fmt.Sprintf("n%d.test.", i)))
		}
		if got := len(r.Status()); got != 3 {
			t.Errorf("got %d names, want 3", got)
		}
		names := []dnswire.Name{"a.test.", "b.test.", "c.test.", "d.test."}
		if err := w.Set(names); err == nil || !strings.Contains(err.Error(), "want at most 3") {
			t.Errorf("got %v, want an error that names the limit", err)
		}
		if err := w.Set(names[1:]); err != nil {
			t.Errorf("got %v, want three names accepted", err)
		}
		if _, err := r.Lookup(t.Context(), "e.test."); err == nil {
			t.Errorf("got an answer for a fourth name, want an error")
		}
		if _, ok := r.Cached("a.test."); ok {
			t.Errorf("got a cached answer for a name that was given up, want none")
		}
	})
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeNet{serve: zone(positive())}, Options{})
		watch(t, r, newDiary(), "x.test.")
		synctest.Wait()
		got := r.Status()
		if len(got) != 1 || got[0].Name != "x.test." || !got[0].Watched || len(got[0].Answer.Addrs) != 3 ||
			got[0].Next.Before(time.Now().Add(45*time.Second)) || got[0].Next.After(time.Now().Add(54*time.Second)) {
			t.Errorf("got %+v, want x.test. watched, asked again after 75 .. 90 %% of its TTL", got)
		}
	})
}
