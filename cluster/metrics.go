package cluster

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are of gossip. Labels are words of ours, kinds, and node ids, of which
// there are as many as members.
type metrics struct {
	refused        *prometheus.CounterVec // before memberlist, by path and reason
	refusedRecords *prometheus.CounterVec // letters and records, by reason
	merged         *prometheus.CounterVec // records that were news, by kind
	sent           *prometheus.CounterVec // messages in packets, by kind
	joins          *prometheus.CounterVec // attempts, by result
	sendErrors     prometheus.Counter
	view           *view
}

func newMetrics(g *gossip) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &metrics{
		refused: counter("meridian_cluster_gossip_refused_total",
			"Packets and streams kept from membership, by path and reason: label, key, plain, size, compressed, malformed, flood, broken.", "path", "reason"),
		refusedRecords: counter("meridian_cluster_records_refused_total", "Replicated records refused, by reason.", "reason"),
		merged:         counter("meridian_cluster_records_merged_total", "Replicated records that were news, by kind.", "kind"),
		sent:           counter("meridian_cluster_messages_sent_total", "Messages of gossip sent in packets, by type.", "type"),
		joins:          counter("meridian_cluster_joins_total", "Attempts to join a node that is not a live member, by result.", "result"),
		sendErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meridian_cluster_packet_errors_total", Help: "Packets that could not be sent.",
		}),
		view: newView(g),
	}
}

func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	return errors.Join(r.Register(m.refused), r.Register(m.refusedRecords), r.Register(m.merged),
		r.Register(m.sent), r.Register(m.joins), r.Register(m.sendErrors), r.Register(m.view))
}

func (m *metrics) failedSend(err error) {
	if err != nil {
		m.sendErrors.Inc()
	}
}

func (m *metrics) joined(err error) {
	if err != nil {
		m.joins.WithLabelValues("failed").Inc()
		return
	}
	m.joins.WithLabelValues("ok").Inc()
}

// messageType names memberlist's messages.
func messageType(kind byte) string {
	switch kind {
	case wirePing, wireIndirectPing:
		return "ping"
	case wireAck, wireNack:
		return "ack"
	case wireSuspect:
		return "suspect"
	case wireAlive:
		return "alive"
	case wireDead:
		return "dead"
	}
	return "user"
}

// view reads off what is known at the moment.
type view struct {
	g          *gossip
	members    *prometheus.Desc
	broken     *prometheus.Desc
	awareness  *prometheus.Desc
	suspicions *prometheus.Desc
	failures   *prometheus.Desc
	depth      *prometheus.Desc
	limit      *prometheus.Desc
	dropped    *prometheus.Desc
}

func newView(g *gossip) *view {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &view{
		g:          g,
		members:    desc("meridian_cluster_members", "Members that gossip has heard of, ourselves included, by state.", "state"),
		broken:     desc("meridian_cluster_packets_broken", "1 for each live member with which packets do not pass, and how: unreachable, one_way.", "node", "how"),
		awareness:  desc("meridian_cluster_awareness", "Lifeguard's score of this node's slowness: 0 is healthy."),
		suspicions: desc("meridian_cluster_suspicions_total", "Members that became suspect."),
		failures:   desc("meridian_cluster_failures_total", "Members that failed without goodbye."),
		depth:      desc("meridian_cluster_queue_depth", "What waits in a queue of gossip.", "queue"),
		limit:      desc("meridian_cluster_queue_limit", "The most that may wait in a queue of gossip.", "queue"),
		dropped:    desc("meridian_cluster_queue_dropped_total", "What was dropped from a queue of gossip.", "queue"),
	}
}

// Describe is prometheus.Collector's.
func (v *view) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{v.members, v.broken, v.awareness, v.suspicions, v.failures, v.depth, v.limit, v.dropped} {
		ch <- d
	}
}

// Collect is prometheus.Collector's.
func (v *view) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	count := func(d *prometheus.Desc, n int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	states := map[string]int{stateAlive: 0, stateSuspect: 0, stateDead: 0, stateLeft: 0}
	for _, m := range v.g.members.list() {
		states[m.State]++
		if m.UDP == udpUnreachable || m.UDP == udpOneWay {
			gauge(v.broken, 1, string(m.ID), m.UDP)
		}
	}
	for state, n := range states {
		gauge(v.members, n, state)
	}
	gauge(v.awareness, v.g.awareness())
	suspicions, failures := v.g.members.counts()
	count(v.suspicions, suspicions)
	count(v.failures, failures)
	for _, q := range v.g.queues() {
		gauge(v.depth, q.depth, q.name)
		gauge(v.limit, q.limit, q.name)
		count(v.dropped, q.dropped, q.name)
	}
}

// queue is a queue as metrics show it.
type queue struct {
	name                  string
	depth, limit, dropped int
}

func (g *gossip) queues() []queue {
	in, lost := g.in.depth()
	out, late := g.out.depth()
	post, undelivered := g.post.depth()
	return []queue{
		{"inbox", in, inboxLetters, lost},
		{"outbox", out, outboxRecords, late},
		{"courier_bytes", post, courierBytes, undelivered},
	}
}
