package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"meridian/dnswire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Servers of the tests; nothing listens there.
const (
	server1 = "192.0.2.1:53"
	server2 = "192.0.2.2:53"
)

func addrPorts(texts ...string) (out []netip.AddrPort) {
	for _, text := range texts {
		out = append(out, netip.MustParseAddrPort(text))
	}
	return out
}

func addrs(text string) (out []netip.Addr) {
	for _, word := range strings.Fields(text) {
		out = append(out, netip.MustParseAddr(word))
	}
	return out
}

// fakeNet is a network in memory. serve gets each query with where it went, and
// returns the replies to send, nil for none.
type fakeNet struct {
	serve func(network, server string, query *dns.Msg) []*dns.Msg
	raw   func(network string, query *dns.Msg) [][]byte // replaces serve if not nil

	mu  sync.Mutex
	log []string // "udp 192.0.2.1:53 A;", in order
}

func (n *fakeNet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	go n.answer(far, network, address)
	return near, nil
}

func (n *fakeNet) answer(conn net.Conn, network, address string) {
	defer conn.Close()
	for {
		data, err := readMessage(conn, network)
		if err != nil {
			return
		}
		query := new(dns.Msg)
		if err := query.Unpack(data); err != nil {
			return
		}
		n.mu.Lock()
		n.log = append(n.log, network+" "+address+" "+dns.TypeToString[query.Question[0].Qtype]+";")
		n.mu.Unlock()
		for _, out := range n.replies(network, address, query) {
			if network == "tcp" {
				out = append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)
			}
			if _, err := conn.Write(out); err != nil {
				return
			}
		}
	}
}

func (n *fakeNet) replies(network, address string, query *dns.Msg) (out [][]byte) {
	if n.raw != nil {
		return n.raw(network, query)
	}
	for _, msg := range n.serve(network, address, query) {
		data, err := msg.Pack()
		if err != nil {
			panic(err)
		}
		out = append(out, data)
	}
	return out
}

func readMessage(conn net.Conn, network string) ([]byte, error) {
	buf := make([]byte, 65535)
	if network == "udp" {
		size, err := conn.Read(buf)
		return buf[:size], err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	size, err := io.ReadFull(conn, buf[:binary.BigEndian.Uint16(length[:])])
	return buf[:size], err
}

// count returns how many queries contained text in their log line.
func (n *fakeNet) count(text string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := 0
	for _, line := range n.log {
		if strings.Contains(line, text) {
			found++
		}
	}
	return found
}

func (n *fakeNet) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.log = nil
}

// reply makes a reply: records in zone-file text; those after "authority" go
// there, and "rcode=NXDOMAIN", "tc" and "aa" set what they say.
func reply(query *dns.Msg, text string) *dns.Msg {
	msg := new(dns.Msg).SetReply(query)
	section := &msg.Answer
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch rcode, isRcode := strings.CutPrefix(line, "rcode="); {
		case line == "":
		case line == "authority":
			section = &msg.Ns
		case line == "tc":
			msg.Truncated = true
		case line == "aa":
			msg.Authoritative = true
		case isRcode:
			msg.Rcode = dns.StringToRcode[rcode]
		default:
			rr, err := dns.NewRR(line)
			if err != nil {
				panic(err)
			}
			*section = append(*section, rr)
		}
	}
	return msg
}

// zone answers by "name type" in lower case, else with the text under "".
func zone(answers map[string]string) func(network, server string, query *dns.Msg) []*dns.Msg {
	return func(_, _ string, query *dns.Msg) []*dns.Msg {
		asked := query.Question[0]
		text, ok := answers[strings.ToLower(asked.Name)+" "+dns.TypeToString[asked.Qtype]]
		if !ok {
			text = answers[""]
		}
		if text == "silent" {
			return nil
		}
		return []*dns.Msg{reply(query, text)}
	}
}

const soa = "\nauthority\ntest. 600 SOA ns.test. h.test. 1 2 3 4 30\n"

// newFake makes a resolver over a fake network, stopped with the test.
func newFake(t *testing.T, fake *fakeNet, opts Options) *Resolver {
	t.Helper()
	if opts.Servers == nil {
		opts.Servers = addrPorts(server1)
	}
	opts.Dial = fake.dial
	r, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	r.Start()
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

func lookup(t *testing.T, r *Resolver, name dnswire.Name) (Answer, Kind) {
	t.Helper()
	answer, err := r.Lookup(t.Context(), name)
	var failed *Error
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("Lookup(%s): got %v, want an *Error", name, err)
	}
	return answer, kindIn(err)
}

// after lets time pass in a bubble.
func after(d time.Duration) { <-time.After(d) }
