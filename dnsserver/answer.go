package dnsserver

import (
	"fmt"
	"slices"

	"meridian/dnswire"
	"meridian/routing"
)

// answer is an AnswerSet with its bytes; what it does not have is nil.
type answer struct {
	name  *rrset    // CNAME
	addrs [2]*rrset // by routing.Family
	https *binding
	from  routing.AnswerSet
}

// buildAnswers makes the bytes of every answer set, taking over those of prev.
func (v *View) buildAnswers(prev *View) error {
	snapshot := v.content.Snapshot
	if snapshot == nil {
		return nil
	}
	sets := snapshot.Sets()
	if prev != nil && prev.content.Snapshot.Generation() == snapshot.Generation() {
		known := min(len(prev.answers), sets)
		v.answers = prev.answers[:known:known] // appending copies: prev stays as it is
	}
	v.answers = slices.Grow(v.answers, sets-len(v.answers))
	for id := len(v.answers); id < sets; id++ {
		a, err := newAnswer(snapshot.Set(routing.SetID(id)), &v.content)
		if err != nil {
			return fmt.Errorf("building answer %d: %w", id, err)
		}
		v.answers = append(v.answers, a)
	}
	return nil
}

func newAnswer(set routing.AnswerSet, c *Content) (answer, error) {
	a := answer{from: set}
	if set.Name != "" {
		target, err := dnswire.ParseName(set.Name)
		if err != nil {
			return answer{}, err
		}
		a.name = &rrset{rrtype: typeCNAME}
		a.name.add(target.AppendWire(nil), -1, nil)
		return a, nil
	}
	for _, addr := range set.IPv4 {
		a.ensure(routing.IPv4, typeA).add(addr.AsSlice(), -1, nil)
	}
	for _, addr := range set.IPv6 {
		a.ensure(routing.IPv6, typeAAAA).add(addr.AsSlice(), -1, nil)
	}
	a.https = newBinding(set, c)
	return a, nil
}

func (a *answer) ensure(f routing.Family, rrtype uint16) *rrset {
	if a.addrs[f] == nil {
		a.addrs[f] = &rrset{rrtype: rrtype}
	}
	return a.addrs[f]
}
