package node

import (
	"context"
	"time"

	"meridian/admin/api"
	"meridian/store"
)

// load reads a state file and tells of one that had to be replaced by its
// previous generation. It is for New and Start, before anything serves.
func (n *Node) load(name string) (store.Generation, error) {
	g, err := n.disk.Load(name)
	if err == nil && g.Previous {
		n.log.Warn("state file damaged", "note", g.Note)
		n.damaged(name, g.Note)
	}
	return g, err
}

// damaged keeps for status what was wrong with a state file at start.
func (n *Node) damaged(name, note string) {
	n.journal.event("state_damaged", "state/"+name, "%s", note)
	n.damage = append(n.damage, api.Problem{
		Severity: "warning", Code: "state_damaged", Subject: "state/" + name, Text: note, Since: instant(n.started),
	})
}

// every runs a task now and then until the node stops.
func (n *Node) every(name string, period time.Duration, task func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				task()
			case <-quit:
				return
			}
		}
	}()
	n.steps.push(name, func(context.Context) error {
		close(quit)
		<-done
		return nil
	})
}
