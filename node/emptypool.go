package node

import (
	"slices"
	"strings"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/intent"
)

// admitBackend refuses to take the last member of a pool out of service: every
// request to the pool would be answered 503.
func (l *live) admitBackend(next *live, c intent.Command) error {
	if slices.Contains(c.Bypass, ruleEmptyPool) {
		return nil
	}
	for i := range l.service.Pools {
		p := &l.service.Pools[i]
		has := slices.ContainsFunc(p.Members, func(m configs.PoolMember) bool { return strings.EqualFold(m.Backend, c.Object.Name()) })
		if has && l.enabledIn(p) > 0 && next.enabledIn(p) == 0 {
			return api.Errorf(api.Conflict,
				"pool %s would have no enabled member, of %d: another backend of it has to be enabled first, or say --bypass %s with a reason",
				p.Name, len(p.Members), ruleEmptyPool)
		}
	}
	return nil
}

// enabledIn counts the members of a pool that no operator keeps out of service.
func (l *live) enabledIn(p *configs.Pool) (n int) {
	for _, m := range p.Members {
		t := intent.Target{Object: intent.BackendObject(strings.ToLower(m.Backend)), Property: intent.BackendStatus}
		if l.outcome.At(t).Text != textDisabled {
			n++
		}
	}
	return n
}
