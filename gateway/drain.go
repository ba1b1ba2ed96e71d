package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// drain is what Shutdown does once.
func (g *Gateway) drain(ctx context.Context) error {
	g.presence.leave(time.Now(), 0)
	close(g.closing)
	for _, f := range g.all() {
		f.stop()
	}
	g.farewell(ctx)
	err := g.endRequests(ctx)
	g.tunnels.drain(ctx, tunnelGrace)
	g.cancel()
	g.serving.Wait()
	if left := g.under.wait(lastGrace); left > 0 {
		err = errors.Join(err, fmt.Errorf("draining the gateway: %d requests do not end", left))
	}
	return errors.Join(err, g.access.stop(lastGrace))
}

// farewell gives who speaks on a kept connection the time to be told to go
// elsewhere, which a connection that is closed between two requests does not
// tell: a request may be on its way. It ends when no connection is left but
// tunnels, or when nobody had to be told for a while.
func (g *Gateway) farewell(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, mostFarewells*g.o.Limits.Farewell)
	defer cancel()
	look := time.NewTicker(max(1, g.o.Limits.Farewell/50))
	defer look.Stop()
	told, since := g.account.closes.Load(), time.Now()
	for g.account.conns.open.Load() > g.account.tunnels.Load() {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if now := g.account.closes.Load(); now != told {
			told, since = now, time.Now()
		}
		if time.Since(since) >= g.o.Limits.Farewell {
			return
		}
	}
}

// endRequests returns when the requests under way have been served, or cuts them
// off when ctx ends.
func (g *Gateway) endRequests(ctx context.Context) error {
	var group errgroup.Group
	for _, f := range g.all() {
		group.Go(func() error { return f.server.Shutdown(ctx) })
	}
	err := group.Wait()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("draining the gateway: %d requests are cut off: %w", int64(g.under.under())-g.account.tunnels.Load(), err)
	for _, f := range g.all() {
		err = errors.Join(err, f.server.Close())
	}
	return err
}

// mostFarewells bounds a farewell, in times of Limits.Farewell.
const mostFarewells = 6

// tunnelGrace is how long both ends of a WebSocket may take to say goodbye.
const tunnelGrace = 2 * time.Second

// lastGrace is how long a request that was cut off may take to notice.
const lastGrace = 5 * time.Second
