package node

import (
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
	"meridian/intent"
)

// ordersOf is what operators want of backends, by name.
func ordersOf(l *live) map[string]backend.Order {
	out := map[string]backend.Order{}
	for t, e := range l.outcome.Effective {
		if t.Object.Kind() != "backend" || e.By == nil {
			continue
		}
		name := t.Object.Name()
		o := out[name]
		until := time.Time{}
		if e.By.For > 0 {
			until = l.folded.Add(e.By.Left())
		}
		switch t.Property {
		case intent.BackendStatus:
			o.Disabled, o.DisabledUntil = e.Text == textDisabled, until
		case intent.Breaker:
			o.Breaker, o.BreakerUntil, o.Reason = forcedOf(e.Text), until, e.By.Reason
		default:
			continue
		}
		out[name] = o
	}
	return out
}

// forcedOf reads the value of intent.Breaker.
func forcedOf(text string) breaker.Forced {
	switch text {
	case "open":
		return breaker.ForceOpen
	case "closed":
		return breaker.ForceClosed
	}
	return breaker.ForceNone
}

// breakerChanged writes down that a breaker has changed, and has the others told.
// It does not block: the request that made it change goes on.
func (n *Node) breakerChanged(t backend.Transition) {
	n.breakersTurned()
	text := ""
	if t.Cause != "" {
		text = ": " + t.Cause
	}
	if !t.Until.IsZero() {
		text += ", until " + t.Until.UTC().Format(time.RFC3339)
	}
	n.journal.event("breaker_"+t.To.String(), "backend/"+t.Backend, "the breaker of %s is %s, before it was %s%s", t.Backend, t.To, t.From, text)
}
