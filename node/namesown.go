package node

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"meridian/dnsserver"
	"meridian/dnswire"
	"meridian/geo"
	"meridian/routing"
)

// decided remembers what names of ours stand for, as long as one publish is in
// service.
type decided struct {
	live  *live
	count atomic.Int32
	names sync.Map // dnswire.Name to ownAnswer
}

// ownAnswer is what a name of ours stands for: addresses or another name.
type ownAnswer struct {
	addrs []netip.Addr
	alias dnswire.Name
	err   error
}

// maxDecided bounds the names of ours that are remembered: policies may make
// names of what clients send.
const maxDecided = 1024

// decide returns what a name in a zone of ours stands for, to a client at this
// node's location; ours is false for other names.
func (h *hosts) decide(name dnswire.Name) (answer ownAnswer, ours bool) {
	l := h.node.pub.current.Load()
	if l == nil || !l.holds(name) {
		return answer, false
	}
	d := h.own.Load()
	if d == nil || d.live != l {
		d = &decided{live: l}
		h.own.Store(d)
	}
	if known, ok := d.names.Load(name); ok {
		return known.(ownAnswer), true //nolint:forcetypeassert // nothing else is stored
	}
	answer = l.answerOwn(name, h.client(l))
	if d.count.Add(1) <= maxDecided {
		d.names.Store(name, answer)
	}
	return answer, true
}

// holds reports whether a name lies in a zone of ours.
func (l *live) holds(name dnswire.Name) bool {
	for i := range l.service.Zones {
		if name.IsSubdomainOf(l.service.Zones[i].Origin) {
			return true
		}
	}
	return false
}

// answerOwn asks for both families of a name, as a resolver at the client would.
func (l *live) answerOwn(name dnswire.Name, client netip.Prefix) (out ownAnswer) {
	for _, rrtype := range []uint16{typeA, typeAAAA} {
		reply, err := l.view.Ask(dnsserver.Question{Name: name, Type: rrtype, Client: client, Resolver: client.Addr(), Draw: l.number})
		if err != nil {
			return ownAnswer{err: fmt.Errorf("deciding about %s: %w", name, err)}
		}
		for _, r := range reply.Answers {
			switch r.Type {
			case "A", "AAAA":
				if a, err := netip.ParseAddr(r.Data); err == nil {
					out.addrs = append(out.addrs, a)
				}
			case "CNAME":
				out.alias, _ = dnswire.ParseName(r.Data) // our own: it can be read
			}
		}
	}
	if len(out.addrs) > 0 {
		out.alias = ""
	}
	return out
}

// placement is a client at this node's location, as a table of clients knows
// one.
type placement struct {
	table  *routing.ClientTable
	client netip.Prefix
}

// client returns a network that is placed where this node's location is: names
// are decided for it.
func (h *hosts) client(l *live) netip.Prefix {
	table := l.structure.Clients()
	if p := h.placed.Load(); p != nil && p.table == table {
		return p.client
	}
	p := &placement{table, h.clientFor(l, table)}
	h.placed.Store(p)
	return p.client
}

// clientFor picks the block of the table whose ranking of the locations is that of
// this node's location; this gateway's own address where none is.
func (h *hosts) clientFor(l *live, table *routing.ClientTable) netip.Prefix {
	here, known := l.structure.LocationID(h.node.options.Config.Location)
	advertised := h.node.options.Config.Gateway.Advertise[0]
	own := netip.PrefixFrom(advertised, advertised.BitLen())
	if !known || l.inside(h.node.options.Config.Location, advertised) {
		return own
	}
	class, found := l.likest(table, here)
	for i := 0; found && i < table.Len(); i++ {
		if b := routing.BlockID(i); table.Class(b) == class { //nolint:gosec // the table has as many
			return table.Prefix(b)
		}
	}
	return own
}

// inside reports whether an address is in the networks of a location that is
// Internal: there the client's address decides.
func (l *live) inside(name routing.LocationName, a netip.Addr) bool {
	for i := range l.service.Regions {
		if r := &l.service.Regions[i]; r.Name == name {
			return slices.ContainsFunc(r.Networks, func(p netip.Prefix) bool { return p.Contains(a) })
		}
	}
	return false
}

// likest returns the class of clients that is most like a location; none is
// found where the location is nearest to none.
func (l *live) likest(table *routing.ClientTable, here routing.LocationID) (class routing.ClassID, found bool) {
	var best likeness
	for i := range table.Classes() {
		id := routing.ClassID(i) //nolint:gosec // the table has as many
		info := table.Info(id)
		if len(info.Rank) == 0 || info.Rank[0] != here {
			continue
		}
		if like := l.like(info, here); !found || like.better(best) {
			best, class, found = like, id, true
		}
	}
	return class, found
}

// likeness is how much a class of clients is like a location.
type likeness struct {
	same int     // locations that both rank alike, from the nearest on
	away float64 // kilometres between the class's country and the location
}

func (a likeness) better(b likeness) bool {
	if a.same != b.same {
		return a.same > b.same
	}
	return a.away < b.away
}

func (l *live) like(info routing.ClassInfo, here routing.LocationID) likeness {
	out := likeness{away: math.Inf(1)}
	at, known := l.placeOf(l.service.Plan.Locations[here].Name)
	if !known {
		return out
	}
	for i, id := range info.Rank {
		if i > 0 && l.awayFrom(at, info.Rank[i-1]) > l.awayFrom(at, id) {
			break
		}
		out.same++
	}
	if country, ok := geo.Country(info.Geo); ok {
		out.away = at.DistanceKm(country)
	}
	return out
}

func (l *live) awayFrom(at geo.Coordinates, id routing.LocationID) float64 {
	to, known := l.placeOf(l.service.Plan.Locations[id].Name)
	if !known {
		return math.Inf(1)
	}
	return at.DistanceKm(to)
}
