package dnsserver

import (
	"sync/atomic"

	"meridian/routing"
)

// countShards is the number of copies of the answer counters: workers on
// several cores seldom write to the same memory.
const countShards = 4

// answerCounts counts the answers of a plan's endpoints and locations.
type answerCounts struct {
	plan   *routing.Plan
	shards [countShards]answerShard
}

type answerShard struct {
	endpoints []atomic.Uint64 // by EndpointID
	locations []atomic.Uint64 // by LocationID
}

// answerKey names a counter across plans.
type answerKey struct {
	profile  routing.ProfileName // empty for a location
	endpoint routing.EndpointName
	location routing.LocationName
}

// newAnswerCounts returns the counters of a plan: those of prev if it is the
// same plan, else new ones that start where prev's of the same names ended.
func newAnswerCounts(plan *routing.Plan, prev *View) *answerCounts {
	if prev != nil && prev.counts.plan == plan {
		return prev.counts
	}
	c := &answerCounts{plan: plan}
	if plan == nil {
		return c
	}
	endpoints := 0
	for i := range plan.Profiles {
		endpoints += len(plan.Profiles[i].Endpoints)
	}
	for i := range c.shards {
		c.shards[i].endpoints = make([]atomic.Uint64, endpoints)
		c.shards[i].locations = make([]atomic.Uint64, len(plan.Locations))
	}
	if prev != nil {
		c.carry(prev.counts)
	}
	return c
}

// carry takes over the counts of another plan's endpoints.
func (c *answerCounts) carry(old *answerCounts) {
	sums := map[answerKey]uint64{}
	old.walk(func(key answerKey, of shardCounter) {
		if sum := old.sum(of); sum > 0 {
			sums[key] = sum
		}
	})
	c.walk(func(key answerKey, of shardCounter) {
		if sum := sums[key]; sum > 0 {
			of(&c.shards[0]).Store(sum)
		}
	})
}

// count notes an answer.
func (s *answerShard) count(set *routing.AnswerSet) {
	if int(set.Location) < len(s.locations) {
		s.locations[set.Location].Add(1)
	}
	for _, e := range set.Endpoints {
		if int(e) < len(s.endpoints) {
			s.endpoints[e].Add(1)
		}
	}
}

// shardCounter finds one counter in a shard.
type shardCounter func(*answerShard) *atomic.Uint64

func (c *answerCounts) sum(of shardCounter) (sum uint64) {
	for i := range c.shards {
		sum += of(&c.shards[i]).Load()
	}
	return sum
}

// walk calls f for every endpoint and every location of the plan.
func (c *answerCounts) walk(f func(answerKey, shardCounter)) {
	if c.plan == nil {
		return
	}
	id := 0
	for p := range c.plan.Profiles {
		profile := &c.plan.Profiles[p]
		for i := range profile.Endpoints {
			at := id
			id++
			f(answerKey{profile: profile.Name, endpoint: profile.Endpoints[i].Name},
				func(s *answerShard) *atomic.Uint64 { return &s.endpoints[at] })
		}
	}
	for i := range c.plan.Locations {
		f(answerKey{location: c.plan.Locations[i].Name},
			func(s *answerShard) *atomic.Uint64 { return &s.locations[i] })
	}
}

// LocationAnswers returns how many answers named each location, over all plans
// with that location since the server started.
func (v *View) LocationAnswers() map[routing.LocationName]uint64 {
	out := map[routing.LocationName]uint64{}
	if v.counts.plan == nil {
		return out
	}
	for i := range v.counts.plan.Locations {
		out[v.counts.plan.Locations[i].Name] = v.counts.sum(func(s *answerShard) *atomic.Uint64 { return &s.locations[i] })
	}
	return out
}
