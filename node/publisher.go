package node

import (
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"meridian/dnsserver"
	"meridian/dnswire"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/resolver"
	"meridian/routing"
)

// ruleEvery is how often verdicts are ruled on without news.
const ruleEvery = time.Second

// edit alters what the publisher wants published. It runs in the publisher's
// goroutine.
type edit func(*publisher)

// publisher owns what is published. All its fields but current belong to its
// one goroutine, run.
type publisher struct {
	log      *slog.Logger
	metrics  *metrics
	seats    []routing.LocationName // locations with a probing node
	anchors  bool                   // references are configured
	home     routing.LocationName   // of this node; empty: it has no others, and answers whatever its place
	inbox    chan edit
	quit     chan struct{}
	done     chan struct{}
	about    func(*intent.Outcome)  // before a view goes into service
	swap     func(*dnsserver.View)  // puts a view into service
	told     func(prev, next *live) // after a publish; prev is nil at the first
	spread   func(healthprobe.Row)  // sends this node's row, stamped, to the others
	current  atomic.Pointer[live]   // for readers
	aloneNow atomic.Bool            // alone, for readers

	wishes   func() []intent.Held // what operators want, of everything
	wanted   *generation
	council  healthprobe.Council
	rulings  map[healthprobe.TargetID]healthprobe.Ruling
	addrs    map[dnswire.Name]resolver.Answer
	leaving  map[string]bool // names of nodes that leave or have left: their gateways are not answered
	alone    bool            // most locations have not been heard of for a while
	frozen   bool            // verdicts move no answer
	rejected string
	durable  bool
	dirty    bool                   // something is to be published
	lease    *time.Timer            // fires when the next lease ends
	exact    bool                   // the snapshot's scopes are minimal
	refining *live                  // what is being refined
	refined  chan *routing.Snapshot // where it comes from; nil: nothing is being refined
}

func newPublisher(log *slog.Logger, m *metrics) *publisher {
	return &publisher{
		log: log, metrics: m,
		inbox: make(chan edit, 256), quit: make(chan struct{}), done: make(chan struct{}),
		about: func(*intent.Outcome) {}, swap: func(*dnsserver.View) {}, told: func(_, _ *live) {}, wishes: func() []intent.Held { return nil },
		lease:   time.NewTimer(time.Hour),
		rulings: map[healthprobe.TargetID]healthprobe.Ruling{},
		addrs:   map[dnswire.Name]resolver.Answer{},
	}
}

// do hands a change to the publisher; it is dropped once the node stops.
func (p *publisher) do(c edit) {
	select {
	case p.inbox <- c:
	case <-p.quit:
	}
}

// wait hands a change over and returns when it is published.
func (p *publisher) wait(c edit) {
	published := make(chan struct{})
	p.do(func(p *publisher) { c(p) })
	p.do(func(p *publisher) {
		p.publish()
		close(published)
	})
	select {
	case <-published:
	case <-p.done:
	}
}

// run applies changes, all that wait at once, and publishes. When nothing else
// is to do it has the ECS scopes refined, beside itself: a change never waits
// for that.
func (p *publisher) run() {
	defer close(p.done)
	votes := time.NewTicker(ruleEvery)
	defer votes.Stop()
	for {
		p.startRefining()
		select {
		case c := <-p.inbox:
			c(p)
			p.drain()
			p.publish()
		case now := <-votes.C: // votes age
			p.rule(now)
			p.publish()
		case s := <-p.refined:
			p.refine(s)
		case <-p.lease.C:
			p.dirty = true
			p.publish()
		case <-p.quit:
			if p.refined != nil {
				<-p.refined
			}
			return
		}
	}
}

// drain applies the changes that wait, without waiting for more.
func (p *publisher) drain() {
	for range len(p.inbox) {
		(<-p.inbox)(p)
	}
}

// publish puts what is wanted into service.
func (p *publisher) publish() {
	if !p.dirty || p.wanted == nil {
		return
	}
	p.dirty = false
	start := time.Now()
	prev := p.current.Load()
	var before *routing.Snapshot
	if prev != nil {
		before = prev.snapshot
	}
	wishes := p.wishes()
	folded := time.Now()
	outcome := intent.Fold(p.wanted.wantedOf(wishes))
	p.await(outcome.Next)
	p.freeze(frozen(&outcome), start)
	state := p.wanted.stateWith(&outcome, p.rulings, p.addrs, p.leaving)
	if !p.put(prev, wish{wishes, &outcome, folded}, state, p.wanted.structure.Publish(state, before)) {
		return
	}
	p.exact = false
	next := p.current.Load()
	p.metrics.published(next, time.Since(start))
	p.told(prev, next)
}

// await has the publisher publish again when the next lease ends.
func (p *publisher) await(next time.Duration) {
	p.lease.Stop()
	if next > 0 {
		p.lease.Reset(next)
	}
}

// freeze holds the verdicts, or lets them go and takes up what has been ruled
// meanwhile.
func (p *publisher) freeze(frozen bool, now time.Time) {
	thawed := p.frozen && !frozen
	p.frozen = frozen
	if thawed {
		p.rule(now)
	}
}

// wish is what operators want, and what comes of it.
type wish struct {
	values  []intent.Held
	outcome *intent.Outcome
	at      time.Time // the ages of values are as of then
}

// put builds the view of a snapshot and swaps it in. It reports whether it
// could: what has been in service stays otherwise.
func (p *publisher) put(prev *live, w wish, state *routing.State, s *routing.Snapshot) bool {
	var viewBefore *dnsserver.View
	next := &live{
		generation: p.wanted, number: 1, at: time.Now(), wishes: w.values, outcome: w.outcome, folded: w.at, state: state, snapshot: s,
		rulings: p.rulings, addrs: p.addrs, alone: p.alone, rejected: p.rejected, durable: p.durable,
	}
	if prev != nil {
		viewBefore, next.number = prev.view, prev.number+1
	}
	view, err := p.wanted.view(s, viewBefore, p.alone)
	if err != nil { // compile has built these answers before: a defect, and no reason to stop serving
		p.log.Error("answers not built, the last ones stay", "error", err)
		return false
	}
	next.view = view
	p.about(w.outcome)
	p.swap(p.shown(view))
	p.current.Store(next)
	return true
}

// shown is the view that is answered from: none of the zone where the plan does
// not know the location of this node.
func (p *publisher) shown(view *dnsserver.View) *dnsserver.View {
	if !p.wanted.leavesOut(p.home) {
		return view
	}
	none, err := dnsserver.Build(dnsserver.Content{}, nil)
	if err != nil {
		return view
	}
	return none
}

// startRefining begins to compute the minimal scopes of what is in service,
// unless they are there or under way.
func (p *publisher) startRefining() {
	l := p.current.Load()
	if l == nil || p.exact || p.refined != nil {
		return
	}
	refined := make(chan *routing.Snapshot, 1)
	p.refined, p.refining = refined, l
	go func() { refined <- l.snapshot.Exact() }()
}

// refine puts a refined snapshot into service, if it is still that of what is
// wanted and in service; else what has come since is refined next.
func (p *publisher) refine(s *routing.Snapshot) {
	l := p.refining
	p.refined, p.refining = nil, nil
	if p.current.Load() != l {
		return
	}
	p.exact = true
	if l.generation == p.wanted { // else the last publish failed
		p.put(l, wish{l.wishes, l.outcome, l.folded}, l.state, s)
	}
}

func verdictsOf(rulings map[healthprobe.TargetID]healthprobe.Ruling) map[healthprobe.TargetID]routing.Health {
	out := make(map[healthprobe.TargetID]routing.Health, len(rulings))
	for id, r := range rulings {
		out[id] = r.Health
	}
	return out
}

// rule has the council decide about all subjects anew.
func (p *publisher) rule(now time.Time) {
	if p.wanted == nil {
		return
	}
	rulings := make(map[healthprobe.TargetID]healthprobe.Ruling)
	moved := false
	for _, r := range p.council.Rule(now, p.seats, p.anchors, p.wanted.index.subjects) {
		if before, known := p.rulings[r.Target]; p.frozen && known {
			r.Health = before.Health
		}
		rulings[r.Target] = r
		moved = moved || p.rulings[r.Target].Health != r.Health
	}
	p.dirty = p.dirty || moved || len(rulings) != len(p.rulings)
	p.rulings = rulings
}

// adopt makes a generation the wanted one, unless what is wanted is newer: the
// one place where that can be said for certain. It reports whether it is.
func (p *publisher) adopt(g *generation, durable bool, rejected string) bool {
	if p.wanted != nil && p.wanted.version.Compare(g.version) > 0 {
		p.metrics.stale.Inc()
		p.log.Warn("older plan not taken up", "serial", g.serial, "in_service", p.wanted.serial)
		return false
	}
	p.wanted, p.rejected, p.durable, p.dirty = g, rejected, durable, true
	addrs := map[dnswire.Name]resolver.Answer{} // of the names that the generation still flattens
	for _, name := range g.flattenedNames() {
		if a, known := p.addrs[name]; known {
			addrs[name] = a
		}
	}
	p.addrs = addrs
	p.rule(time.Now())
	return true
}

// remark changes what is said of the plan in service; answers stay as they are.
func (p *publisher) remark(source, rejected string, durable bool) {
	p.rejected, p.durable = rejected, durable
	l := p.current.Load()
	if l == nil {
		return
	}
	next := *l
	next.rejected, next.durable = rejected, durable
	if l.source != source && l.generation == p.wanted {
		g := *l.generation
		g.source = source
		p.wanted, next.generation = &g, &g
	}
	p.current.Store(&next)
	p.metrics.remarked(&next)
}

// hear takes in what an observer sees.
func (p *publisher) hear(now time.Time, row healthprobe.Row) {
	p.council.Stamp(&row)
	if _, err := p.council.Hear(now, row); err != nil {
		p.log.Error("row of an observer refused", "observer", row.Observer, "error", err)
	}
	p.rule(now)
	p.council.Stamp(&row)
	p.spread(row)
}

// hearOthers takes in what other observers see, and forgets who is none any more.
func (p *publisher) hearOthers(rows []heardRow, gone []string) {
	news := len(gone) > 0
	for _, observer := range gone {
		p.council.Forget(observer)
	}
	for i := range rows {
		heard, err := p.council.Hear(rows[i].at, rows[i].row)
		if err != nil {
			p.log.Warn("row of an observer refused", "observer", rows[i].row.Observer, "error", err)
		}
		news = news || heard
	}
	if news {
		p.rule(time.Now())
	}
}

// rewish has what operators want looked at anew.
func (p *publisher) rewish() { p.dirty = true }

// seat takes in who votes and who leaves.
func (p *publisher) seat(seats []routing.LocationName, leaving map[string]bool) {
	if slices.Equal(seats, p.seats) && maps.Equal(leaving, p.leaving) {
		return
	}
	p.seats, p.leaving, p.dirty = seats, leaving, true
	p.rule(time.Now())
}

// isolate marks the answers of a node that has no contact to most others.
func (p *publisher) isolate(alone bool) {
	if p.alone != alone {
		p.alone, p.dirty = alone, true
		p.aloneNow.Store(alone)
	}
}

// resolved takes in what a flattened name stands for. Known addresses are never
// given up for none: whether they are alive is for probes to say.
func (p *publisher) resolved(name dnswire.Name, a resolver.Answer) {
	if known := p.addrs[name].Addrs; len(a.Addrs) == 0 && len(known) > 0 {
		a.Addrs, a.Stale = known, true
	}
	p.addrs = maps.Clone(p.addrs)
	p.addrs[name] = a
	p.dirty = true
}
