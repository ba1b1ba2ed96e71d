package resolver

import (
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// reading is what one reply says of the addresses of a name. Exactly one of
// addrs, next and kind is set.
type reading struct {
	addrs []netip.Addr
	next  dnswire.Name // the reply ends in an alias for this
	kind  Kind
	hops  int           // aliases followed
	ttl   time.Duration // the smallest on the way; of a negative answer by RFC 2308 §5
	known bool          // ttl was given
}

// negativeCeiling is the longest a negative answer is believed (RFC 2308 §5
// suggests hours; a name that appears must be seen sooner).
const negativeCeiling = 5 * time.Minute

// read interprets a reply to a question for addresses.
func read(msg *dns.Msg, name dnswire.Name, rrtype uint16) reading {
	if kind := failure(msg); kind != 0 {
		return reading{kind: kind}
	}
	r := reading{ttl: dnswire.MaxTTL * time.Second}
	last, ok := r.follow(msg.Answer, name)
	if !ok {
		return reading{kind: AliasLoop, hops: MaxAliases}
	}
	for _, rr := range msg.Answer {
		if owner(rr) == last && rr.Header().Rrtype == rrtype && rr.Header().Class == dns.ClassINET {
			r.take(rr)
		}
	}
	if len(r.addrs) > 0 {
		r.known = true
		return r
	}
	return r.negative(msg, last != name, last)
}

// failure returns the kind of a reply that says nothing of the name, else 0.
func failure(msg *dns.Msg) Kind {
	switch {
	case msg.Rcode == dns.RcodeServerFailure:
		return ServFail
	case msg.Rcode == dns.RcodeRefused:
		return Refused
	case msg.Rcode != dns.RcodeSuccess && msg.Rcode != dns.RcodeNameError, msg.Truncated: // truncated over TCP as well
		return BadReply
	}
	return 0
}

// follow walks the aliases among records from name to the last; ok is false
// when there are too many.
func (r *reading) follow(records []dns.RR, name dnswire.Name) (last dnswire.Name, ok bool) {
	aliases := map[dnswire.Name]*dns.CNAME{}
	for _, rr := range records {
		if alias, ok := rr.(*dns.CNAME); ok && alias.Hdr.Class == dns.ClassINET {
			aliases[owner(rr)] = alias
		}
	}
	for alias := aliases[name]; alias != nil; alias = aliases[name] {
		if r.hops++; r.hops > MaxAliases {
			return "", false
		}
		target, err := dnswire.ParseName(alias.Target)
		if err != nil {
			return "", false
		}
		r.ttl = min(r.ttl, seconds(alias.Hdr.Ttl))
		name = target
	}
	return name, true
}

// take adds the address of a record. Addresses nobody can have, such as the
// 0.0.0.0 of block lists, are left out.
func (r *reading) take(rr dns.RR) {
	var addr netip.Addr
	switch rr := rr.(type) {
	case *dns.A:
		addr, _ = netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		addr, _ = netip.AddrFromSlice(rr.AAAA)
	}
	if addr = addr.Unmap(); addr.IsValid() && !addr.IsUnspecified() && !addr.IsMulticast() {
		r.addrs = append(r.addrs, addr)
		r.ttl = min(r.ttl, seconds(rr.Header().Ttl))
	}
}

// negative tells a negative answer, an alias to ask on for, and a referral
// apart (RFC 2308 §2).
func (r *reading) negative(msg *dns.Msg, aliased bool, last dnswire.Name) reading {
	referral := false
	for _, rr := range msg.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			r.ttl = min(r.ttl, seconds(soa.Hdr.Ttl), seconds(soa.Minttl), negativeCeiling)
			r.known = true
		}
		referral = referral || rr.Header().Rrtype == dns.TypeNS
	}
	switch {
	case msg.Rcode == dns.RcodeNameError:
		r.kind = NXDomain
	case r.known:
		r.kind = NoData
	case aliased:
		r.next = last
	case referral && !msg.Authoritative:
		r.kind = BadReply
	default:
		r.kind = NoData
	}
	return *r
}

// owner returns a record's owner in canonical form, empty if it has none.
func owner(rr dns.RR) dnswire.Name {
	name, err := dnswire.ParseName(strings.ToLower(rr.Header().Name))
	if err != nil {
		return ""
	}
	return name
}

// seconds reads a TTL; one with the top bit set counts as zero (RFC 2181 §8).
func seconds(ttl uint32) time.Duration {
	if ttl > dnswire.MaxTTL {
		return 0
	}
	return time.Duration(ttl) * time.Second
}
