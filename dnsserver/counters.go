package dnsserver

import "sync/atomic"

// dropReason is why a query had no reply.
type dropReason uint8

const (
	dropUnreadable dropReason = iota // shorter than a header, or a reply itself
	dropLimited                      // over the rate limit
	dropUnsent                       // the socket did not take the reply
	dropReasons
)

func (r dropReason) String() string {
	return [...]string{"unreadable", "rate_limit", "unsent"}[r]
}

// limitAction is what became of a reply over the rate limit.
type limitAction uint8

const (
	limitDropped limitAction = iota
	limitSlipped
	limitBadCookie
	limitActions
)

func (a limitAction) String() string { return [...]string{"drop", "slip", "badcookie"}[a] }

// closeReason is why a connection ended.
type closeReason uint8

const (
	closeClient   closeReason = iota // the client closed, or broke off
	closeIdle                        // nothing came in time
	closeEvicted                     // made room for another
	closeQueries                     // had its share of queries
	closeUnread                      // did not read its replies
	closeShutdown                    // the server stops
	closeReasons
)

func (r closeReason) String() string {
	return [...]string{"client", "idle", "evicted", "queries", "unread", "shutdown"}[r]
}

const (
	rcodeSlots   = 8 // by rcodeSlot
	typeSlots    = 20
	methodSlots  = 6
	reasonSlots  = 6
	scopeSlots   = 129
	lowTypeSlots = 260 // types below are looked up, those above are "other"
)

// typeSlot names a question type in metrics.
type typeSlot struct {
	rrtype uint16
	name   string
}

// countedTypes lists the question types counted by name. The first stands for
// all others.
func countedTypes() [typeSlots]typeSlot {
	return [typeSlots]typeSlot{
		{0, "other"},
		{typeA, "A"},
		{typeNS, "NS"},
		{typeCNAME, "CNAME"},
		{typeSOA, "SOA"},
		{typePTR, "PTR"},
		{typeMX, "MX"},
		{16, "TXT"},
		{typeAAAA, "AAAA"},
		{33, "SRV"},
		{35, "NAPTR"},
		{typeDS, "DS"},
		{48, "DNSKEY"},
		{64, "SVCB"},
		{typeHTTPS, "HTTPS"},
		{typeANY, "ANY"},
		{257, "CAA"},
		{typeAXFR, "AXFR"},
		{typeIXFR, "IXFR"},
		{typeHINFO, "HINFO"},
	}
}

// countedRcodes lists the response codes there are.
func countedRcodes() [rcodeSlots]string {
	return [rcodeSlots]string{
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "BADVERS", "BADCOOKIE",
	}
}

func rcodeSlot(code rcode) int {
	switch code {
	case rcodeBadVers:
		return 6
	case rcodeBadCookie:
		return 7
	}
	return int(code)
}

// counters are the numbers of one worker, or of all workers of TCP. One writer
// at a time keeps them cheap; a scrape reads them as they are.
type counters struct {
	typeIndex [lowTypeSlots]uint8
	queries   [2][typeSlots][rcodeSlots]atomic.Uint64 // by Transport
	scopes    [2][scopeSlots]atomic.Uint64            // by family: IPv4, IPv6
	decisions [methodSlots][reasonSlots]atomic.Uint64 // by routing.Method and routing.Reason
	dropped   [dropReasons]atomic.Uint64
	limited   [limitActions]atomic.Uint64
	closed    [closeReasons]atomic.Uint64
	lost      atomic.Uint64 // packets the socket had no room for, as the system counts them
	truncated atomic.Uint64
	panics    atomic.Uint64
	octets    [2]atomic.Uint64 // of replies, by Transport
}

func newCounters() *counters {
	c := &counters{}
	for slot, t := range countedTypes() {
		if int(t.rrtype) < len(c.typeIndex) {
			c.typeIndex[t.rrtype] = uint8(slot)
		}
	}
	return c
}

// typeSlot returns where queries of a type are counted.
func (c *counters) typeSlot(rrtype uint16) uint8 {
	if int(rrtype) < len(c.typeIndex) {
		return c.typeIndex[rrtype]
	}
	return 0
}

// note counts a finished exchange.
func (c *counters) note(x *exchange) {
	c.queries[x.peer.Transport][c.typeSlot(x.query.rrtype)][rcodeSlot(x.rcode)].Add(1)
	c.octets[x.peer.Transport].Add(uint64(len(x.buf) - x.from))
	if x.truncated() {
		c.truncated.Add(1)
	}
	if x.echoes() {
		family := 0
		if x.query.edns.subnet.addr.Is6() {
			family = 1
		}
		c.scopes[family][x.scope].Add(1)
	}
}
