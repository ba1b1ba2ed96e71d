package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"meridian/node"
)

// lastWait is how long a reload under way is waited for after the node stopped.
const lastWait = time.Second

// reloader is what is reloaded: a node.
type reloader interface {
	Reload(ctx context.Context) (node.Difference, error)
}

// reloads runs reloads beside the loop that hears signals, one at a time:
// however many are asked for during one, one follows it. It belongs to that
// loop's goroutine.
type reloads struct {
	node  reloader
	show  func(node.Difference, error)
	stop  context.CancelFunc // of the one under way
	done  chan struct{}      // closed when it has ended; nil: none is under way
	again bool
}

// ask begins a reload, or has one follow that under way.
func (r *reloads) ask(ctx context.Context) {
	if r.done != nil {
		r.again = true
		return
	}
	ctx, r.stop = context.WithCancel(ctx)
	done := make(chan struct{})
	r.done = done
	go func() {
		defer close(done)
		notify("RELOADING=1\nMONOTONIC_USEC=" + monotonic())
		r.show(r.node.Reload(ctx))
		if ctx.Err() == nil {
			notify("READY=1")
		}
	}()
}

// ended is called when done is closed.
func (r *reloads) ended(ctx context.Context) {
	r.stop()
	again := r.again
	r.done, r.again = nil, false
	if again {
		r.ask(ctx)
	}
}

// cancel has the reload under way not wait for another.
func (r *reloads) cancel() {
	if r.done != nil {
		r.stop()
	}
}

// wait waits for the reload under way, but not for one that hangs in reading.
func (r *reloads) wait() {
	if r.done == nil {
		return
	}
	select {
	case <-r.done:
	case <-time.After(lastWait):
	}
}

// shower returns what tells of a reload: for people the difference in answers,
// or the problems with their lines; in a log for programs a line of it.
func shower(format string, w io.Writer, log *slog.Logger) func(node.Difference, error) {
	if format == "json" {
		return func(d node.Difference, err error) {
			if err != nil {
				log.Error("reload by signal failed", "error", err)
				return
			}
			log.Info("reload by signal done", "difference", d.Summary())
		}
	}
	return func(d node.Difference, err error) {
		if err != nil {
			report(w, err)
			return
		}
		fmt.Fprint(w, d)
	}
}
