package node

import (
	"net/url"
	"time"

	"meridian/dnswire"
	"meridian/resolver"
)

// hostStatus is where the addresses of a host come from.
type hostStatus struct {
	name   string
	source string // literal, dns, zone, kept
	stale  bool
	why    string    // what the last lookup complained of; empty: nothing
	at     time.Time // when they were confirmed; zero: not known
}

// describe says where the addresses of a URL's host come from.
func (h *hosts) describe(text string) hostStatus {
	u, err := url.Parse(text)
	if err != nil {
		return hostStatus{source: "dns"}
	}
	out := hostStatus{name: u.Hostname(), source: "dns"}
	if literal(out.name) != nil {
		out.source = "literal"
		return out
	}
	name, err := dnswire.ParseHostName(out.name)
	l := h.node.pub.current.Load()
	a, known := h.resolver.Cached(name)
	switch {
	case err != nil:
	case known && len(a.Addrs) > 0:
		out.lookedUp(a, h.fresh)
	case l != nil && l.holds(name):
		out.source, out.at = "zone", l.at
	case h.last(name) != nil:
		out.source, out.stale = "kept", true
	}
	return out
}

// lookedUp adds what a lookup said, whose answers are fresh for a time; 0: as long
// as their TTL says.
func (s *hostStatus) lookedUp(a resolver.Answer, fresh time.Duration) {
	s.stale = a.Stale
	if a.Err != nil {
		s.why = a.Err.Error()
	}
	if fresh > 0 {
		s.at = a.Expires.Add(-fresh)
	}
}
