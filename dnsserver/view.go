package dnsserver

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"meridian/dnswire"
	"meridian/routing"
)

// View is a Content with its bytes: every name, and every answer of every
// profile. It is immutable.
type View struct {
	content Content
	tree    *tree
	answers []answer      // by SetID
	secure  []bool        // by ProfileID: some endpoint has a TLS listener
	counts  *answerCounts // shared by the Views of one plan
}

// Build makes the View of a Content. prev is the View it replaces, or nil: its
// names are kept where Zones and plan are the same, its answers where their
// ids still mean the same. The error names everything that is wrong.
func Build(c Content, prev *View) (*View, error) {
	v := &View{content: c}
	v.counts = newAnswerCounts(v.plan(), prev)
	if err := v.checkProfiles(); err != nil {
		return nil, err
	}
	samePlan := prev != nil && prev.plan() == v.plan()
	if samePlan && sameSlice(prev.content.Zones, c.Zones) {
		v.tree = prev.tree
	} else if tree, err := buildTree(c.Zones, v); err != nil {
		return nil, err
	} else {
		v.tree = tree
	}
	if !samePlan || !sameBindings(&prev.content, &c) {
		v.secure = v.secureProfiles()
		prev = nil
	} else {
		v.secure = prev.secure
	}
	if err := v.buildAnswers(prev); err != nil {
		return nil, err
	}
	return v, nil
}

// Lookup returns the profile answered at a name.
func (v *View) Lookup(name dnswire.Name) (routing.ProfileID, bool) {
	id, ok := v.tree.profiles[name]
	return id, ok
}

// resolver returns the address by which a resolver is placed.
func (v *View) resolver(a netip.Addr) netip.Addr {
	if v.content.Unwrap == nil || a.Is4() {
		return a
	}
	return v.content.Unwrap(a)
}

// plan returns the plan of the snapshot: one plan has one address. It is nil
// where there is no snapshot.
func (v *View) plan() *routing.Plan {
	if v.content.Snapshot == nil {
		return nil
	}
	return v.content.Snapshot.Plan()
}

// checkProfiles refuses ids that the snapshot does not know.
func (v *View) checkProfiles() error {
	known := 0
	if plan := v.plan(); plan != nil {
		known = len(plan.Profiles)
	}
	var errs []error
	for _, z := range v.content.Zones {
		for name, id := range z.Profiles {
			if int(id) >= known {
				errs = append(errs, fmt.Errorf("zone %q: profile %d at %q: want an id below %d", z.Origin, id, name, known))
			}
		}
	}
	return errors.Join(errs...)
}

// profileTTL implements profileInfo.
func (v *View) profileTTL(id routing.ProfileID) uint32 { return v.plan().Profiles[id].TTL }

// isName implements profileInfo.
func (v *View) isName(id routing.ProfileID) bool { return v.content.Snapshot.Answers(id).CNAME }

func sameSlice(a, b []Zone) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// sameBindings reports whether HTTPS records of two Contents are the same.
func sameBindings(a, b *Content) bool {
	return maps.EqualFunc(a.HTTPS, b.HTTPS, sameBinding) && maps.EqualFunc(a.LocationHTTPS, b.LocationHTTPS, sameBinding)
}

func sameBinding(a, b ServiceBinding) bool {
	return a.port() == b.port() && slices.Equal(a.ALPN, b.ALPN)
}
