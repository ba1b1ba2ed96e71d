package resolver

import (
	"context"
	"slices"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// maxNameServers is the most name servers returned for a zone.
const maxNameServers = 32

// NameServers returns the names of a zone's name servers, sorted, as the
// recursive servers know them; nothing is remembered. There are none where the
// name is not the apex of a zone. An error is an *Error.
func (r *Resolver) NameServers(ctx context.Context, zone dnswire.Name) ([]dnswire.Name, error) {
	ctx, cancel := context.WithTimeout(ctx, r.budget())
	defer cancel()
	var names []dnswire.Name
	_, fail := r.attempt(ctx, zone, dns.TypeNS, 0, func(msg *dns.Msg) reading {
		kind := failure(msg)
		if kind == 0 {
			names, kind = nameServers(msg, zone)
		}
		return reading{kind: kind}
	})
	if fail != nil {
		return nil, fail
	}
	return names, nil
}

// nameServers reads the NS records of zone.
func nameServers(msg *dns.Msg, zone dnswire.Name) ([]dnswire.Name, Kind) {
	var names []dnswire.Name
	for _, rr := range msg.Answer {
		ns, ok := rr.(*dns.NS)
		if !ok || owner(rr) != zone {
			continue
		}
		if name, err := dnswire.ParseName(ns.Ns); err == nil {
			names = append(names, name)
		}
	}
	switch {
	case len(names) > 0:
		slices.Sort(names)
		names = slices.Compact(names)
		return names[:min(len(names), maxNameServers)], 0
	case msg.Rcode == dns.RcodeNameError:
		return nil, NXDomain
	}
	return nil, NoData
}

// budget is the longest a lookup may take, aliases and TCP included.
func (r *Resolver) budget() time.Duration {
	return 2 * time.Duration(r.opts.Attempts) * r.opts.Timeout
}
