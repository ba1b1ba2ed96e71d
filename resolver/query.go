package resolver

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// QueryOptions of Client.Query.
type QueryOptions struct {
	RecursionDesired bool
	EDNS             bool // with a size of 1232
}

// Reply is one reply as it came.
type Reply struct {
	Server                        netip.AddrPort
	Network                       string // "udp" or "tcp"
	RTT                           time.Duration
	Size                          int    // octets
	Rcode                         int    // with the upper bits of EDNS
	RcodeName                     string // "NOERROR"
	AA, TC, RD, RA, AD, EDNS      bool
	Answer, Authority, Additional []ReplyRecord // Additional is without OPT
}

// ReplyRecord is one record of a reply.
type ReplyRecord struct {
	Name   dnswire.Name
	Type   uint16
	Class  uint16
	TTL    uint32       // seconds
	Data   string       // in presentation form
	Addr   netip.Addr   // A, AAAA
	Target dnswire.Name // CNAME, NS, MX and others that point at a name
	Serial uint32       // SOA
}

// Query asks one server one question over "udp" or "tcp" and returns whatever
// it replies, with any rcode, truncated or not. An error means that no usable
// reply came; it is an *Error.
func (c Client) Query(ctx context.Context, server netip.AddrPort, network string, name dnswire.Name, rrtype uint16, opts QueryOptions) (*Reply, error) {
	if network != "udp" && network != "tcp" {
		return nil, fmt.Errorf("network %q: want udp or tcp", network)
	}
	q := newQuestion(name, rrtype)
	q.rd, q.edns = opts.RecursionDesired, opts.EDNS
	start := time.Now()
	msg, size, err := c.exchange(ctx, server, network, q)
	if err != nil {
		return nil, &Error{Name: name, Kind: kindOf(err), Server: server, Detail: network + ": " + err.Error()}
	}
	return &Reply{
		Server: server, Network: network, RTT: time.Since(start), Size: size,
		Rcode: msg.Rcode, RcodeName: rcodeName(msg.Rcode),
		AA: msg.Authoritative, TC: msg.Truncated, RD: msg.RecursionDesired, RA: msg.RecursionAvailable,
		AD: msg.AuthenticatedData, EDNS: msg.IsEdns0() != nil,
		Answer: replyRecords(msg.Answer), Authority: replyRecords(msg.Ns), Additional: replyRecords(msg.Extra),
	}, nil
}

// Query is Client.Query with the resolver's timeout and network.
func (r *Resolver) Query(ctx context.Context, server netip.AddrPort, network string, name dnswire.Name, rrtype uint16, opts QueryOptions) (*Reply, error) {
	return r.client.Query(ctx, server, network, name, rrtype, opts)
}

func rcodeName(rcode int) string {
	if rcode == dns.RcodeBadVers {
		return "BADVERS" // not BADSIG, which shares the number and occurs in TSIG only
	}
	if name, ok := dns.RcodeToString[rcode]; ok {
		return name
	}
	return fmt.Sprintf("RCODE%d", rcode)
}

func replyRecords(rrs []dns.RR) []ReplyRecord {
	var out []ReplyRecord
	for _, rr := range rrs {
		head := rr.Header()
		if head.Rrtype == dns.TypeOPT {
			continue
		}
		record := dnswire.Record{Name: owner(rr), Type: head.Rrtype, RR: rr}
		r := ReplyRecord{
			Name: record.Name, Type: head.Rrtype, Class: head.Class, TTL: head.Ttl,
			Data: strings.TrimPrefix(rr.String(), head.String()),
		}
		r.Target, _ = record.Target()
		r.read(rr)
		out = append(out, r)
	}
	return out
}

// read takes what only records of some types have.
func (r *ReplyRecord) read(rr dns.RR) {
	switch rr := rr.(type) {
	case *dns.A:
		r.Addr, _ = netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		r.Addr, _ = netip.AddrFromSlice(rr.AAAA)
	case *dns.SOA:
		r.Serial = rr.Serial
	case *dns.RFC3597:
		r.Data = `\# ` + fmt.Sprint(len(rr.Rdata)/2) + " " + rr.Rdata
	}
}
