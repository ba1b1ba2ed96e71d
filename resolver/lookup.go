package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// result is what asking for one family of one name came to: addrs, or err.
type result struct {
	addrs []netip.Addr
	ttl   time.Duration
	known bool // ttl was given
	err   *Error
}

// lookup asks for the addresses of one family, following aliases across
// replies. shift is how many places later in the list of servers to begin.
func (r *Resolver) lookup(ctx context.Context, name dnswire.Name, rrtype uint16, shift int) result {
	got := result{ttl: r.opts.MaxTTL, known: true}
	at, hops := name, 0
	for {
		asked := at
		read, fail := r.attempt(ctx, asked, rrtype, shift, func(msg *dns.Msg) reading { return read(msg, asked, rrtype) })
		if fail != nil {
			fail.Name = name
			return result{err: fail}
		}
		got.ttl, got.known = min(got.ttl, read.ttl), got.known && (read.known || read.next != "")
		switch {
		case read.kind != 0:
			got.err = &Error{Name: name, Kind: read.kind, Detail: aliasDetail(name, at)}
			return got
		case read.next == "":
			got.addrs = read.addrs
			return got
		}
		if hops += read.hops; hops > MaxAliases {
			got.err = &Error{Name: name, Kind: AliasLoop}
			return got
		}
		at = read.next
	}
}

func aliasDetail(name, at dnswire.Name) string {
	if name == at {
		return ""
	}
	return fmt.Sprintf("%s is an alias for %s", name, at)
}

// attempt asks servers until judge finds a definite reading in a reply. A
// server that failed to find out is not asked twice (RFC 9520 §2.1); one that
// was silent may be.
func (r *Resolver) attempt(ctx context.Context, name dnswire.Name, rrtype uint16, shift int, judge func(*dns.Msg) reading) (reading, *Error) {
	order := r.servers.order(time.Now(), shift)
	done := map[netip.AddrPort]bool{}
	fail := &Error{Name: name, Kind: Unreachable, Detail: "no server is configured"}
	for i := range r.opts.Attempts {
		if len(done) == len(order) {
			break
		}
		server := order[i%len(order)]
		if done[server] {
			continue
		}
		msg, err := r.client.ask(ctx, server, newQuestion(name, rrtype))
		if ctx.Err() != nil {
			return reading{}, givenUp(ctx, name, server)
		}
		if err != nil {
			fail = &Error{Name: name, Kind: kindOf(err), Server: server, Detail: err.Error()}
			r.metrics.count(fail.Kind)
			r.servers.report(server, time.Now(), true)
			continue
		}
		r.servers.report(server, time.Now(), false)
		got := judge(msg)
		r.metrics.count(got.kind)
		if got.kind == 0 || got.kind.Definite() {
			return got, nil
		}
		done[server] = true
		fail = &Error{Name: name, Kind: got.kind, Server: server}
	}
	return reading{}, fail
}

// givenUp is the failure of a lookup that ran out of time or was canceled.
func givenUp(ctx context.Context, name dnswire.Name, server netip.AddrPort) *Error {
	kind := Canceled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		kind = Timeout
	}
	return &Error{Name: name, Kind: kind, Server: server, Detail: ctx.Err().Error()}
}

// kindOf sorts the errors of an exchange.
func kindOf(err error) Kind {
	var netErr net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return Timeout
	case errors.Is(err, errStray), errors.Is(err, errForm), errors.Is(err, errStrays), errors.Is(err, errCase), errors.Is(err, errLong):
		return BadReply
	}
	return Unreachable
}
