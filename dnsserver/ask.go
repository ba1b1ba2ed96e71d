package dnsserver

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
	"meridian/routing"
)

// Question is a query to be answered without sockets and without being counted.
type Question struct {
	Name     dnswire.Name
	Type     uint16
	Client   netip.Prefix // EDNS client subnet; the zero Prefix: none is sent
	Resolver netip.Addr   // whom the query comes from; unmapped
	Draw     uint64       // what chance decides by
}

// Reply is the answer to a Question.
type Reply struct {
	Rcode   string
	Answers []ReplyRecord
	Scope   uint8 // ECS SCOPE PREFIX-LENGTH
	Decided bool  // a profile decided, by Query
	Query   routing.Query
}

// ReplyRecord is a record of the answer section.
type ReplyRecord struct {
	Name dnswire.Name
	Type string
	TTL  uint32 // seconds
	Data string // in presentation form
}

// Ask answers a question exactly as a server would over TCP: through the same
// octets and the same steps.
func (v *View) Ask(q Question) (Reply, error) {
	msg, err := q.pack()
	if err != nil {
		return Reply{}, err
	}
	w := v.asker(q.Draw)
	var reply dns.Msg
	if err := reply.Unpack(w.respond(nil, msg, Peer{Addr: q.Resolver, Transport: TCP}, time.Now())); err != nil {
		return Reply{}, fmt.Errorf("reading our own reply about %q: %w", q.Name, err)
	}
	out := Reply{
		Rcode: dns.RcodeToString[reply.Rcode], Scope: scopeOf(&reply),
		Decided: w.counters.decided(), Query: w.exchange.question,
	}
	for _, rr := range reply.Answer {
		head := rr.Header()
		name, err := dnswire.ParseName(head.Name)
		if err != nil {
			return Reply{}, fmt.Errorf("reading our own reply about %q: %w", q.Name, err)
		}
		out.Answers = append(out.Answers, ReplyRecord{
			Name: name, Type: dnswire.TypeName(head.Rrtype), TTL: head.Ttl, Data: strings.TrimPrefix(rr.String(), head.String()),
		})
	}
	return out, nil
}

// asker returns a worker that counts nothing of what it answers from v.
func (v *View) asker(draw uint64) *worker {
	shadow := *v
	shadow.counts = &answerCounts{plan: v.plan()}
	s := &Server{options: Options{}.withDefaults()}
	s.SetCookies(CookieSecrets{})
	s.view.Store(&shadow)
	w := s.newWorker(newCounters())
	w.rng = rand.NewPCG(draw, draw)
	return w
}

// decided reports whether any decision was counted.
func (c *counters) decided() bool {
	for m := range c.decisions {
		for r := range c.decisions[m] {
			if c.decisions[m][r].Load() > 0 {
				return true
			}
		}
	}
	return false
}

// scopeOf returns the ECS scope of a reply.
func scopeOf(reply *dns.Msg) uint8 {
	if opt := reply.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if subnet, ok := o.(*dns.EDNS0_SUBNET); ok {
				return subnet.SourceScope
			}
		}
	}
	return 0
}

// pack writes the question as a query.
func (q *Question) pack() ([]byte, error) {
	msg := dns.Msg{Question: []dns.Question{{Name: string(q.Name), Qtype: q.Type, Qclass: dns.ClassINET}}}
	msg.SetEdns0(maxUDP, false)
	if q.Client.IsValid() {
		masked := q.Client.Masked()
		family := uint16(1)
		if masked.Addr().Is6() {
			family = 2
		}
		opt := msg.IsEdns0()
		opt.Option = append(opt.Option, &dns.EDNS0_SUBNET{
			Code: dns.EDNS0SUBNET, Family: family, SourceNetmask: uint8(masked.Bits()), Address: masked.Addr().AsSlice(),
		})
	}
	out, err := msg.Pack()
	if err != nil {
		return nil, fmt.Errorf("writing query for %q: %w", q.Name, err)
	}
	return out, nil
}

// Queries returns how many queries have been answered.
func (s *Server) Queries() uint64 {
	total := uint64(0)
	for _, c := range s.counters {
		for t := range c.queries {
			for slot := range c.queries[t] {
				for code := range c.queries[t][slot] {
					total += c.queries[t][slot][code].Load()
				}
			}
		}
	}
	return total
}
