package dnsserver

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/routing"
)

// collector shows the counters of all workers, added up when they are asked
// for.
type collector struct{ server *Server }

// metricDescs are what the collector shows.
type metricDescs struct {
	queries, octets, scopes, decisions, dropped, limited, truncated, panics, lost *prometheus.Desc
	closed, connections, endpoints, locations, serial                             *prometheus.Desc
}

func descs() metricDescs {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("meridian_dns_"+name, help, labels, nil)
	}
	return metricDescs{
		queries:     desc("queries_total", "Queries answered.", "transport", "type", "rcode"),
		octets:      desc("reply_bytes_total", "Octets of replies.", "transport"),
		scopes:      desc("ecs_scope_bits", "Scope prefix lengths of replies with a client subnet.", "family"),
		decisions:   desc("decisions_total", "Routing decisions, by method and by why they came out as they did.", "method", "reason"),
		dropped:     desc("dropped_total", "Queries without a reply.", "reason"),
		limited:     desc("rate_limited_total", "Replies over the rate limit of their network.", "action"),
		truncated:   desc("truncated_total", "Replies that say to come over TCP."),
		lost:        desc("receive_overflows_total", "Packets that came faster than they were read. Known on Linux only."),
		panics:      desc("panics_total", "Queries that made the server panic, and were answered SERVFAIL."),
		closed:      desc("connections_closed_total", "TCP connections that ended.", "reason"),
		connections: desc("connections", "Open TCP connections."),
		endpoints:   desc("endpoint_answers_total", "Answers that hold an endpoint.", "profile", "endpoint"),
		locations:   desc("location_answers_total", "Answers that hold the gateways of a location.", "location"),
		serial:      desc("zone_serial", "Serial of a zone served, the version of its plan.", "zone"),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	d := descs()
	for _, desc := range [...]*prometheus.Desc{
		d.queries, d.octets, d.scopes, d.decisions, d.dropped, d.limited, d.truncated, d.panics, d.lost,
		d.closed, d.connections, d.endpoints, d.locations, d.serial,
	} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s := &scrape{descs: descs(), all: c.server.counters, ch: ch}
	s.queries()
	s.scopes()
	s.simple()
	s.gauge(s.descs.connections, float64(c.server.conns.len()))
	if v := c.server.view.Load(); v != nil {
		s.view(v)
	}
}

// scrape is one reading of the counters.
type scrape struct {
	descs metricDescs
	all   []*counters
	ch    chan<- prometheus.Metric
}

// sum adds up one counter over all workers.
func (s *scrape) sum(of func(*counters) *atomic.Uint64) (total uint64) {
	for _, c := range s.all {
		total += of(c).Load()
	}
	return total
}

func (s *scrape) count(d *prometheus.Desc, v uint64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

func (s *scrape) gauge(d *prometheus.Desc, v float64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

// queries shows the combinations that occurred.
func (s *scrape) queries() {
	rcodes := countedRcodes()
	for _, transport := range [...]Transport{UDP, TCP} {
		for t, slot := range countedTypes() {
			for r, code := range rcodes {
				if n := s.sum(func(c *counters) *atomic.Uint64 { return &c.queries[transport][t][r] }); n > 0 {
					s.count(s.descs.queries, n, transport.String(), slot.name, code)
				}
			}
		}
		s.count(s.descs.octets, s.sum(func(c *counters) *atomic.Uint64 { return &c.octets[transport] }), transport.String())
	}
}

// scopes shows the histogram of emitted scopes: what a resolver has to keep
// apart (RFC 7871 §7.3.1).
func (s *scrape) scopes() {
	for family, name := range [...]string{"ipv4", "ipv6"} {
		buckets := make(map[float64]uint64)
		var total, bits uint64
		for scope := range scopeSlots {
			n := s.sum(func(c *counters) *atomic.Uint64 { return &c.scopes[family][scope] })
			total, bits = total+n, bits+n*uint64(scope)
			if scope%8 == 0 || scope == 20 || scope == 28 {
				buckets[float64(scope)] = total
			}
		}
		s.ch <- prometheus.MustNewConstHistogram(s.descs.scopes, total, float64(bits), buckets, name)
	}
}

// simple shows the counters with at most one label.
func (s *scrape) simple() {
	for m := range routing.Method(methodSlots) {
		for r := range routing.Reason(reasonSlots) {
			s.count(s.descs.decisions, s.sum(func(c *counters) *atomic.Uint64 { return &c.decisions[m][r] }), m.String(), r.String())
		}
	}
	for r := range dropReasons {
		s.count(s.descs.dropped, s.sum(func(c *counters) *atomic.Uint64 { return &c.dropped[r] }), r.String())
	}
	for a := range limitActions {
		s.count(s.descs.limited, s.sum(func(c *counters) *atomic.Uint64 { return &c.limited[a] }), a.String())
	}
	for r := range closeReasons {
		s.count(s.descs.closed, s.sum(func(c *counters) *atomic.Uint64 { return &c.closed[r] }), r.String())
	}
	s.count(s.descs.truncated, s.sum(func(c *counters) *atomic.Uint64 { return &c.truncated }))
	s.count(s.descs.lost, s.sum(func(c *counters) *atomic.Uint64 { return &c.lost }))
	s.count(s.descs.panics, s.sum(func(c *counters) *atomic.Uint64 { return &c.panics }))
}

// view shows what belongs to the current plan.
func (s *scrape) view(v *View) {
	v.counts.walk(func(key answerKey, of shardCounter) {
		switch n := v.counts.sum(of); {
		case n == 0:
		case key.location != "":
			s.count(s.descs.locations, n, string(key.location))
		default:
			s.count(s.descs.endpoints, n, string(key.profile), string(key.endpoint))
		}
	})
	for i := range v.content.Zones {
		z := &v.content.Zones[i]
		s.gauge(s.descs.serial, float64(z.Serial), z.Origin.String())
	}
}
