package node

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"meridian/admin/api"
	"meridian/store"
)

// load reads a state file; known is false where there never was one. It tells
// of a damaged one that had to be replaced by its previous generation. It is
// for New and Start, before anything serves.
func (n *Node) load(name string) (g store.Generation, known bool, err error) {
	g, err = n.disk.Load(name)
	var lost *store.LostError // both are damaged, or one is and there is no other
	if errors.Is(err, fs.ErrNotExist) && !errors.As(err, &lost) {
		return g, false, nil
	}
	if err == nil && g.Previous {
		n.log.Warn("state file damaged", "note", g.Note)
		n.damaged(name, g.Note)
	}
	return g, true, err
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
	n.beside(name, func(quit <-chan struct{}) {
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
	})
}

// whenever runs a task each time there is news, at most once in a period, until
// the node stops.
func (n *Node) whenever(name string, news <-chan struct{}, period time.Duration, task func()) {
	n.beside(name, func(quit <-chan struct{}) {
		for {
			select {
			case <-news:
				task()
			case <-quit:
				return
			}
			select {
			case <-time.After(period):
			case <-quit:
				return
			}
		}
	})
}

// beside runs something until the node stops: it ends when quit is closed.
func (n *Node) beside(name string, run func(quit <-chan struct{})) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		run(quit)
	}()
	n.steps.push(name, func(context.Context) error {
		close(quit)
		<-done
		return nil
	})
}
