package node

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"meridian/admin"
	"meridian/admin/api"
	"meridian/healthprobe"
	"meridian/routing"
)

// maxEvents is how many events the node remembers.
const maxEvents = 10_000

// journal writes down what happened: events, and for each target the timeline
// of its last change.
type journal struct {
	*admin.EventLog

	mu          sync.Mutex
	transitions map[healthprobe.TargetID]healthprobe.Transition // of this node's own prober
	incidents   map[healthprobe.TargetID]api.Incident
}

func newJournal(start time.Time) (*journal, error) {
	events, err := admin.NewEventLog(fmt.Sprintf("%x", start.UnixNano()), maxEvents)
	return &journal{
		EventLog:    events,
		transitions: map[healthprobe.TargetID]healthprobe.Transition{},
		incidents:   map[healthprobe.TargetID]api.Incident{},
	}, err
}

func (j *journal) event(kind, subject, format string, args ...any) {
	j.Append(api.Event{At: time.Now().UTC(), Kind: kind, Subject: subject, Text: fmt.Sprintf(format, args...)})
}

// heard keeps what the prober says of its own verdicts, for the timelines.
func (j *journal) heard(changes []healthprobe.Transition) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range changes {
		j.transitions[t.Target] = t
	}
}

// published writes down what a publish changed.
func (j *journal) published(prev, next *live) {
	if prev == nil {
		j.event("plan_published", "plan", "plan %d of %s is in service (%.12s)", next.serial, next.source, next.service.Hash)
		j.wishEvents(nil, next)
		return
	}
	j.wishEvents(prev, next)
	var changed []routing.ProfileID
	if prev.structure == next.structure {
		changed = next.snapshot.Changed(prev.snapshot)
	} else {
		j.event("plan_published", "plan", "plan %d of %s is in service (%.12s)", next.serial, next.source, next.service.Hash)
	}
	for id, r := range next.rulings {
		if was := prev.rulings[id].Health; was != r.Health {
			j.turned(id, was, r.Health, next, changed)
		}
	}
	for _, id := range changed {
		j.tierEvent(prev, next, id)
	}
}

// turned writes down a changed verdict with its timeline.
func (j *journal) turned(id healthprobe.TargetID, from, to routing.Health, l *live, changed []routing.ProfileID) {
	j.mu.Lock()
	t, known := j.transitions[id]
	in := api.Incident{Target: string(id), From: from.String(), To: to.String(), Verdict: l.at.UTC()}
	known = known && t.New == to && t.At.After(j.incidents[id].Verdict) // else it is of an earlier change
	if known {
		in.Reason, in.Verdict = string(t.Reason), t.At.UTC()
		in.FirstProbe = instant(t.First)
	}
	if ttl, affected := l.concerned(id, changed); len(affected) > 0 {
		in.Profiles = affected
		in.FirstChangedAnswer = instant(l.at)
		in.CachesExpire = instant(l.at.Add(time.Duration(ttl) * time.Second))
	}
	j.incidents[id] = in
	j.mu.Unlock()
	detail := ""
	if known {
		detail = ": " + t.Detail
	}
	j.event("target_"+to.String(), "target/"+string(id), "%s is %s%s", id, to, detail)
}

// concerned lists the changed profiles that a target has to do with, and their
// largest TTL.
func (l *live) concerned(id healthprobe.TargetID, changed []routing.ProfileID) (ttl uint32, names []string) {
	for _, p := range changed {
		profile := &l.snapshot.Plan().Profiles[p]
		if l.dependsOn(p, id, 0) {
			names = append(names, string(profile.Name))
			ttl = max(ttl, profile.TTL)
		}
	}
	return ttl, names
}

// dependsOn reports whether a target's verdict can matter to a profile.
func (l *live) dependsOn(p routing.ProfileID, id healthprobe.TargetID, depth int) bool {
	profile := &l.snapshot.Plan().Profiles[p]
	for i := range profile.Endpoints {
		if slices.Contains(l.targetsOf(p, i), id) {
			return true
		}
		child, ok := l.structure.ProfileID(profile.Endpoints[i].Target.Profile)
		if ok && profile.Endpoints[i].Target.Kind == routing.TargetProfile && depth < routing.MaxDepth && l.dependsOn(child, id, depth+1) {
			return true
		}
	}
	return false
}

// tierEvent tells of a profile that has begun, or ceased, to serve what it
// would rather not.
func (j *journal) tierEvent(prev, next *live, id routing.ProfileID) {
	was, is := prev.snapshot.ProfileTier(id), next.snapshot.ProfileTier(id)
	if was == is {
		return
	}
	name := next.snapshot.Plan().Profiles[id].Name
	j.event("profile_"+servingOf(is), "profile/"+string(name), "%s now answers endpoints of tier %s, before it was %s", name, is, was)
}

// incident returns the timeline of a target's last change.
func (j *journal) incident(id healthprobe.TargetID) *api.Incident {
	j.mu.Lock()
	defer j.mu.Unlock()
	in, ok := j.incidents[id]
	if !ok {
		return nil
	}
	return &in
}

// instant returns t for the API, nil where it is not known.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
