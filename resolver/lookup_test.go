package resolver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"meridian/dnswire"
)

const both = "x.test. A"

func positive() map[string]string {
	return map[string]string{
		both:           "x.test. 60 A 192.0.2.20\nx.test. 60 A 192.0.2.10",
		"x.test. AAAA": "x.test. 90 AAAA 2001:db8::1",
	}
}

func TestLookupKeepsForTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: zone(positive())}
		r := newFake(t, fake, Options{})
		start := time.Now()
		answer, _ := lookup(t, r, "x.test.")
		want := Answer{Addrs: addrs("192.0.2.10 192.0.2.20 2001:db8::1"), Expires: start.Add(60 * time.Second)}
		if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(answer)); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		after(59 * time.Second)
		lookup(t, r, "x.test.")
		if got := fake.count("A"); got != 2 {
			t.Errorf("got %d questions before the TTL ended, want 2", got)
		}
		after(2 * time.Second)
		lookup(t, r, "x.test.")
		if got := fake.count("udp 192.0.2.1:53 A;"); got != 2 {
			t.Errorf("got %d questions for A after the TTL ended, want 2", got)
		}
	})
}

func TestLookupAsksOnceForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: zone(positive())}
		r := newFake(t, fake, Options{})
		for range 50 {
			go func() { _, _ = r.Lookup(t.Context(), "x.test.") }()
		}
		synctest.Wait()
		if got := fake.count("udp"); got != 2 {
			t.Errorf("got %d questions for 50 lookups, want 2", got)
		}
	})
}

// TestKinds: each way in which a name can have no address has its kind, and is
// kept for as long as RFC 2308 and RFC 9520 say.
func TestKinds(t *testing.T) {
	for name, test := range map[string]struct {
		text     string
		kind     Kind
		min, max time.Duration // between two questions
	}{
		"nxdomain":                 {"rcode=NXDOMAIN" + soa, NXDomain, 30 * time.Second, 31 * time.Second},
		"nodata":                   {soa, NoData, 30 * time.Second, 31 * time.Second},
		"nodata, SOA's TTL less":   {"authority\ntest. 20 SOA ns.test. h.test. 1 2 3 4 30", NoData, 20 * time.Second, 21 * time.Second},
		"nxdomain for a day":       {"rcode=NXDOMAIN\nauthority\ntest. 86400 SOA ns.test. h.test. 1 2 3 4 86400", NXDomain, 300 * time.Second, 301 * time.Second},
		"nodata without SOA":       {"", NoData, 5 * time.Second, 6 * time.Second},
		"servfail":                 {"rcode=SERVFAIL", ServFail, time.Second, 5 * time.Second},
		"refused":                  {"rcode=REFUSED", Refused, time.Second, 5 * time.Second},
		"notauth":                  {"rcode=NOTAUTH", BadReply, time.Second, 5 * time.Second},
		"referral":                 {"authority\ntest. 60 NS ns.test.", BadReply, time.Second, 5 * time.Second},
		"other name's address":     {"y.test. 60 A 192.0.2.1" + soa, NoData, 30 * time.Second, 31 * time.Second},
		"addresses of nobody":      {"x.test. 60 A 0.0.0.0\nx.test. 60 AAAA ::\nx.test. 60 A 224.0.0.1", NoData, 5 * time.Second, 6 * time.Second},
		"silent":                   {"silent", Timeout, time.Second, 12 * time.Second},
		"alias to what is missing": {"rcode=NXDOMAIN\nx.test. 9 CNAME y.test." + soa, NXDomain, 9 * time.Second, 10 * time.Second},
		"alias to itself":          {"x.test. 60 CNAME x.test.", AliasLoop, 5 * time.Second, 6 * time.Second},
		"alias loop":               {"x.test. 60 CNAME y.test.\ny.test. 60 CNAME x.test.", AliasLoop, 5 * time.Second, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := &fakeNet{serve: zone(map[string]string{"": test.text})}
				r := newFake(t, fake, Options{Attempts: 1})
				_, kind := lookup(t, r, "x.test.")
				if kind != test.kind {
					t.Errorf("got %v, want %v", kind, test.kind)
				}
				fake.forget()
				start := time.Now()
				for fake.count("udp") == 0 && time.Since(start) < time.Hour {
					after(100 * time.Millisecond)
					lookup(t, r, "x.test.")
				}
				if got := time.Since(start); got < test.min || got > test.max {
					t.Errorf("asked again after %s, want %s .. %s", got, test.min, test.max)
				}
			})
		})
	}
}

func TestErrorText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeNet{serve: zone(map[string]string{"": "rcode=SERVFAIL"})}, Options{})
		_, err := r.Lookup(t.Context(), "x.test.")
		if !errors.Is(err, ServFail) || errors.Is(err, NXDomain) || ServFail.Definite() || !NXDomain.Definite() {
			t.Errorf("got %v, want SERVFAIL, which is not definite", err)
		}
		if want := "looking up x.test.: server failed (SERVFAIL), asked 192.0.2.1:53"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
}

func TestAliases(t *testing.T) {
	chain := func(count int) string {
		var text strings.Builder
		fmt.Fprintf(&text, "x.test. 60 CNAME c1.test.\n")
		for i := 1; i < count; i++ {
			fmt.Fprintf(&text, "c%d.test. 60 CNAME c%d.test.\n", i, i+1)
		}
		fmt.Fprintf(&text, "c%d.test. 60 A 192.0.2.1\n", count)
		return text.String()
	}
	for name, test := range map[string]struct {
		answers map[string]string
		want    string
		kind    Kind
		ttl     time.Duration
	}{
		"inside one reply": {map[string]string{"x.test. A": "x.test. 7 CNAME y.test.\ny.test. 60 A 192.0.2.1"}, "192.0.2.1", 0, 7 * time.Second},
		"in any order":     {map[string]string{"x.test. A": "y.test. 60 A 192.0.2.1\nX.TEST. 60 CNAME Y.test."}, "192.0.2.1", 0, 30 * time.Second},
		"cut, asked again": {map[string]string{"x.test. A": "x.test. 7 CNAME y.test.", "y.test. A": "y.test. 60 A 192.0.2.1"}, "192.0.2.1", 0, 7 * time.Second},
		"cut, then gone":   {map[string]string{"x.test. A": "x.test. 7 CNAME y.test.", "y.test. A": "rcode=NXDOMAIN" + soa}, "", NXDomain, 7 * time.Second},
		"eight":            {map[string]string{"x.test. A": chain(8)}, "192.0.2.1", 0, 30 * time.Second},
		"nine":             {map[string]string{"x.test. A": chain(9)}, "", AliasLoop, 5 * time.Second},
		"loop over replies": {map[string]string{
			"x.test. A": "x.test. 7 CNAME y.test.", "y.test. A": "y.test. 7 CNAME x.test.",
		}, "", AliasLoop, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.answers[""] = soa // no AAAA, for 30 s
				r := newFake(t, &fakeNet{serve: zone(test.answers)}, Options{})
				start := time.Now()
				answer, kind := lookup(t, r, "x.test.")
				if kind != test.kind || fmt.Sprint(answer.Addrs) != fmt.Sprint(addrs(test.want)) {
					t.Errorf("got %v, %v, want %q, %v", answer, kind, test.want, test.kind)
				}
				if got := answer.Expires.Sub(start); got != test.ttl {
					t.Errorf("expires after %s, want %s", got, test.ttl)
				}
			})
		})
	}
}

func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{}
		var revived atomic.Bool
		fake.serve = func(network, server string, query *dns.Msg) []*dns.Msg {
			if server == server1 && !revived.Load() {
				return nil
			}
			return zone(positive())(network, server, query)
		}
		r := newFake(t, fake, Options{Servers: addrPorts(server1, server2)})
		start := time.Now()
		if _, kind := lookup(t, r, "x.test."); kind != 0 || time.Since(start) != 2*time.Second {
			t.Errorf("got %v after %s, want an answer after 2s", kind, time.Since(start))
		}
		fake.forget()
		start = time.Now()
		lookup(t, r, "x2.test.")
		if time.Since(start) != 0 || fake.count(server1) != 0 {
			t.Errorf("the server that failed was asked %d times, want none for a while", fake.count(server1))
		}
		revived.Store(true)
		after(time.Minute)
		fake.forget()
		lookup(t, r, "x3.test.")
		if fake.count(server1) != 2 || fake.count(server2) != 0 {
			t.Errorf("got %v, want the first server asked again after a while", fake.log)
		}
	})
}

// TestServFailElsewhere: a server that failed to find out is not asked twice,
// others are asked.
func TestServFailElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: func(network, server string, query *dns.Msg) []*dns.Msg {
			if server == server1 {
				return []*dns.Msg{reply(query, "rcode=SERVFAIL")}
			}
			return zone(positive())(network, server, query)
		}}
		r := newFake(t, fake, Options{Servers: addrPorts(server1, server2), Attempts: 4})
		if _, kind := lookup(t, r, "x.test."); kind != 0 || fake.count(server1) != 2 || fake.count(server2) != 2 {
			t.Errorf("got %v, %v, want an answer of the second server", kind, fake.log)
		}
		only := &fakeNet{serve: zone(map[string]string{"": "rcode=SERVFAIL"})}
		r = newFake(t, only, Options{Attempts: 4})
		lookup(t, r, "x.test.")
		if got := only.count("udp"); got != 2 {
			t.Errorf("the only server was asked %d times, want once per family", got)
		}
	})
}

func TestTruncatedGoesToTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: func(network, server string, query *dns.Msg) []*dns.Msg {
			if network == "udp" {
				return []*dns.Msg{reply(query, "tc\nx.test. 60 A 192.0.2.66")}
			}
			return zone(positive())(network, server, query)
		}}
		r := newFake(t, fake, Options{})
		answer, _ := lookup(t, r, "x.test.")
		if len(answer.Addrs) != 3 || fake.count("tcp") != 2 {
			t.Errorf("got %v, %v, want three addresses by TCP", answer, fake.log)
		}
	})
}

// TestCutReply: a datagram cut in the middle of a record, with TC, is a
// truncated answer and not a malformed one.
func TestCutReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{raw: func(network string, query *dns.Msg) [][]byte {
			msg := zone(positive())(network, "", query)[0]
			msg.Truncated = network == "udp"
			data, err := msg.Pack()
			if err != nil {
				panic(err)
			}
			if network == "udp" {
				data = data[:len(data)-3]
			}
			return [][]byte{data}
		}}
		r := newFake(t, fake, Options{})
		start := time.Now()
		if answer, _ := lookup(t, r, "x.test."); len(answer.Addrs) != 3 || time.Since(start) != 0 {
			t.Errorf("got %v after %s, want three addresses by TCP at once", answer, time.Since(start))
		}
	})
}

// TestStrays: replies that do not match the question are passed over.
func TestStrays(t *testing.T) {
	lies := "x.test. 60 A 192.0.2.66\nx.test. 60 AAAA 2001:db8::66"
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: func(network, server string, query *dns.Msg) []*dns.Msg {
			id, name, rrtype, class, notReply, opcode, two := reply(query, lies), reply(query, lies), reply(query, lies),
				reply(query, lies), reply(query, lies), reply(query, lies), reply(query, lies)
			id.Id++
			name.Question[0].Name = "y.test."
			rrtype.Question[0].Qtype = dns.TypeTXT
			class.Question[0].Qclass = dns.ClassCHAOS
			notReply.Response = false
			opcode.Opcode = dns.OpcodeNotify
			two.Question = append(two.Question, two.Question[0])
			return append([]*dns.Msg{id, name, rrtype, class, notReply, opcode, two}, zone(positive())(network, server, query)...)
		}}
		r := newFake(t, fake, Options{})
		answer, _ := lookup(t, r, "x.test.")
		if got, want := fmt.Sprint(answer.Addrs), fmt.Sprint(addrs("192.0.2.10 192.0.2.20 2001:db8::1")); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestDoubtGoesToTCP: a reply in other capitals, or a flood of strays, is no
// reason to believe a datagram; TCP decides.
func TestDoubtGoesToTCP(t *testing.T) {
	for name, spoil := range map[string]func(*dns.Msg) []*dns.Msg{
		"case": func(msg *dns.Msg) []*dns.Msg {
			msg.Question[0].Name = strings.ToUpper(msg.Question[0].Name)
			return []*dns.Msg{msg}
		},
		"flood": func(msg *dns.Msg) []*dns.Msg {
			msg.Id++
			var flood []*dns.Msg
			for range maxStrays {
				flood = append(flood, msg)
			}
			return flood
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := &fakeNet{serve: func(network, server string, query *dns.Msg) []*dns.Msg {
					if network == "udp" {
						return spoil(reply(query, "x.test. 60 A 192.0.2.66"))
					}
					return zone(positive())(network, server, query)
				}}
				// Long names make a chance match of all capitals impossible.
				long := dnswire.Name(strings.Repeat("abcdefghij.", 8) + "test.")
				r := newFake(t, fake, Options{})
				lookup(t, r, long)
				if got := fake.count("tcp"); got != 2 {
					t.Errorf("got %d questions by TCP, want 2", got)
				}
			})
		})
	}
}

func TestWithoutEDNS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: func(network, server string, query *dns.Msg) []*dns.Msg {
			opt := query.IsEdns0()
			if opt == nil {
				return zone(positive())(network, server, query)
			}
			if opt.UDPSize() != 1232 || opt.Do() {
				t.Errorf("got OPT %v, want size 1232 without DO", opt)
			}
			msg := reply(query, "rcode=FORMERR")
			msg.Question = nil
			return []*dns.Msg{msg}
		}}
		r := newFake(t, fake, Options{})
		if answer, _ := lookup(t, r, "x.test."); len(answer.Addrs) != 3 {
			t.Errorf("got %v, want the answer without EDNS", answer)
		}
	})
}

func TestLookupEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeNet{serve: zone(map[string]string{"": "silent"})}, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := r.Lookup(ctx, "x.test.")
		if !errors.Is(err, Canceled) || time.Since(start) != 300*time.Millisecond {
			t.Errorf("got %v after %s, want a canceled lookup after 300ms", err, time.Since(start))
		}
	})
}

// TestBudget: aliases that each take their time do not add up without end.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: func(network, _ string, query *dns.Msg) []*dns.Msg {
			after(1900 * time.Millisecond)
			name := strings.ToLower(query.Question[0].Name)
			return []*dns.Msg{reply(query, name+" 60 CNAME a"+name)}
		}}
		r := newFake(t, fake, Options{Attempts: 2})
		start := time.Now()
		_, kind := lookup(t, r, "x.test.")
		if got := time.Since(start); kind != Timeout || got != 8*time.Second {
			t.Errorf("got %v after %s, want a timeout after 8s", kind, got)
		}
		after(2 * time.Second) // the server's last words
	})
}

func TestShutdownEndsLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFake(t, &fakeNet{serve: zone(map[string]string{"": "silent"})}, Options{})
		got := make(chan error)
		go func() {
			_, err := r.Lookup(t.Context(), "x.test.")
			got <- err
		}()
		synctest.Wait()
		start := time.Now()
		if err := r.Shutdown(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("Shutdown: got %v after %s, want nil at once", err, time.Since(start))
		}
		if err := <-got; !errors.Is(err, Canceled) {
			t.Errorf("got %v, want a canceled lookup", err)
		}
		if _, err := r.Lookup(t.Context(), "y.test."); !errors.Is(err, Canceled) {
			t.Errorf("after Shutdown: got %v, want a canceled lookup", err)
		}
	})
}
