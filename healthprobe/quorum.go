package healthprobe

import (
	"time"

	"meridian/routing"
)

// Ballot is what one probing node says of one target, as the receiver has it.
type Ballot struct {
	Location routing.LocationName
	Health   routing.Health // Unchecked: no opinion
	Anchored bool           // its references answered in this round, or the target itself did
	Abstains bool
	Heard    time.Duration // since its row arrived, on the receiver's monotonic clock
	Age      time.Duration // since the probe behind it, transit included
}

// Seat is a location with at least one registered probing node.
type Seat struct {
	Location routing.LocationName
	Lost     bool // a quorum has declared it down
}

// Electorate is who decides about one target.
type Electorate struct {
	Seats      []Seat
	Own        routing.LocationName // the target's location if it is one of our gateways; else empty
	References bool                 // references are configured
	Fresh      time.Duration        // age below which a ballot counts: FreshFor(interval)
}

// Ruling is the verdict on one target, with how it came about.
type Ruling struct {
	Target   TargetID
	Health   routing.Health
	Electors int // n: the locations that decide
	Needed   int // votes without which nothing changes
	Up, Down int // locations that voted so
	Cause    RulingCause
}

// RulingCause says why a Ruling is what it is.
type RulingCause string

// The causes. All but the first keep the verdict held so far.
const (
	CauseMajority   RulingCause = "majority"    // most fresh votes say so
	CauseTie        RulingCause = "tie"         // as many up as down
	CauseTooFew     RulingCause = "too_few"     // fewer fresh votes than a quorum
	CauseUnanchored RulingCause = "unanchored"  // the one vote there is proves nothing of its caster
	CauseNobody     RulingCause = "no_electors" // no location may decide
)

// FreshFor is the age below which a vote on a target counts.
func FreshFor(interval time.Duration) time.Duration { return max(3*interval, 10*time.Second) }

// Quorum decides about one target. Observers are locations: a location votes
// what most of its fresh nodes say, a tie is no vote. It is pure; the order of
// seats and ballots does not matter.
//
//   - Electors are the seats, less those lost and silent, less the target's own
//     unless it is the only one left.
//   - Nothing changes without votes of ⌊n/2⌋+1 electors. Of two electors one is
//     enough if it is anchored; an only elector must be anchored if references
//     are configured.
//   - The majority of the votes decides; a tie keeps what was held.
func Quorum(held routing.Health, e Electorate, ballots []Ballot) Ruling {
	electors := e.electors(ballots)
	r := Ruling{Health: held, Electors: len(electors), Needed: len(electors)/2 + 1}
	if len(electors) == 0 {
		r.Needed, r.Cause = 0, CauseNobody
		return r
	}
	anchored := false
	for _, location := range electors {
		health, anchor := vote(location, e.Fresh, ballots)
		switch health {
		case routing.Up:
			r.Up++
		case routing.Down:
			r.Down++
		}
		anchored = anchored || anchor
	}
	r.Cause = r.cause(anchored, e.References)
	if r.Cause == CauseMajority {
		r.Health = r.majority()
	}
	return r
}

// electors returns the locations that decide.
func (e Electorate) electors(ballots []Ballot) []routing.LocationName {
	var all, others []routing.LocationName
	for _, s := range e.Seats {
		if s.Lost && silent(s.Location, e.Fresh, ballots) {
			continue
		}
		all = append(all, s.Location)
		if s.Location != e.Own {
			others = append(others, s.Location)
		}
	}
	if len(others) == 0 {
		return all
	}
	return others
}

// silent reports whether no node of the location was heard of lately.
func silent(location routing.LocationName, fresh time.Duration, ballots []Ballot) bool {
	for _, b := range ballots {
		if b.Location == location && b.Heard < fresh {
			return false
		}
	}
	return true
}

// vote is what most fresh nodes of the location say; Unchecked is no vote. It
// is anchored if one of those is.
func vote(location routing.LocationName, fresh time.Duration, ballots []Ballot) (routing.Health, bool) {
	var count [routing.Down + 1]int
	var anchored [routing.Down + 1]bool
	for _, b := range ballots {
		if b.Location != location || b.Abstains || b.Age < 0 || b.Age >= fresh || b.Heard >= fresh {
			continue
		}
		count[b.Health]++
		anchored[b.Health] = anchored[b.Health] || b.Anchored
	}
	switch up, down := count[routing.Up], count[routing.Down]; {
	case up > down:
		return routing.Up, anchored[routing.Up]
	case down > up:
		return routing.Down, anchored[routing.Down]
	default:
		return routing.Unchecked, false
	}
}

// cause says whether the votes decide, and if not, why not.
func (r Ruling) cause(anchored, references bool) RulingCause {
	votes := r.Up + r.Down
	switch {
	case votes == 0, r.Electors > 2 && votes < r.Needed:
		return CauseTooFew
	case votes == 1 && r.needsAnchor(references) && !anchored:
		return CauseUnanchored
	case r.Up == r.Down:
		return CauseTie
	default:
		return CauseMajority
	}
}

// needsAnchor reports whether a single vote, to decide, has to be anchored.
func (r Ruling) needsAnchor(references bool) bool {
	return r.Electors == 2 || r.Electors == 1 && references
}

func (r Ruling) majority() routing.Health {
	if r.Up > r.Down {
		return routing.Up
	}
	return routing.Down
}
