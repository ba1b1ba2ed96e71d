package gateway

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// maxLines is how many requests are logged in a second.
const maxLines = 100

// sampler lets so many pass in each second. Its zero value is ready.
type sampler struct {
	second  atomic.Int64
	lines   atomic.Int64
	skipped atomic.Uint64
}

func (s *sampler) allow(now time.Time) bool {
	second := now.Unix()
	if old := s.second.Load(); old != second && s.second.CompareAndSwap(old, second) {
		s.lines.Store(0)
	}
	if s.lines.Add(1) > maxLines {
		s.skipped.Add(1)
		return false
	}
	return true
}

// logAccess logs what was relayed or refused.
func (x *exchange) logAccess(took time.Duration) {
	if x.outcome != OutcomeRelayed && x.outcome != OutcomeRefused {
		return
	}
	if !x.g.log.Enabled(context.Background(), slog.LevelInfo) || !x.g.sampler.allow(time.Now()) {
		return
	}
	x.g.log.LogAttrs(
		context.Background(), slog.LevelInfo, "request not served here",
		slog.String("outcome", string(x.outcome)), slog.String("request_id", x.arrival.ID), slog.String("client", x.arrival.Client.Addr().String()),
		slog.String("method", x.r.Method), slog.String("host", x.arrival.Host), slog.String("path", x.r.URL.Path),
		slog.Int("status", x.w.status), slog.String("location", string(x.route.Location)), slog.String("reason", string(x.reason)),
		slog.Bool("late", x.route.Late), slog.Bool("tunnel", x.w.tunnel), slog.Duration("took", took),
		slog.Uint64("skipped", x.g.sampler.skipped.Swap(0)),
	)
}
