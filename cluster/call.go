package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// maxCallTime is how long a call may take, whatever its context allows.
const maxCallTime = 5 * time.Minute

// call asks another node and waits for its answer. It goes out a second time,
// on a new stream, only when nothing of it had got into the first.
func (s *streams) call(ctx context.Context, to NodeID, method string, body []byte) ([]byte, error) {
	if method == "" || len(method) > maxMethod {
		return nil, fmt.Errorf("method %.80q: want 1 .. %d bytes", method, maxMethod)
	}
	if len(body) > MaxBody {
		return nil, fmt.Errorf("calling %s of node %s with %d bytes: %w: want at most %d", method, to, len(body), ErrTooLarge, MaxBody)
	}
	if _, err := s.addressOf(to); err != nil {
		return nil, fmt.Errorf("calling %s: %w", method, err)
	}
	ctx, cancel := context.WithTimeout(ctx, maxCallTime)
	defer cancel()
	start := time.Now()
	a, err := s.exchange(ctx, to, request{method: method, body: body})
	if err != nil {
		s.metrics.calls.WithLabelValues("failed").Inc()
		if over := context.Cause(ctx); over != nil && !errors.Is(err, over) {
			err = fmt.Errorf("%w: %w", over, err)
		}
		return nil, fmt.Errorf("calling %s of node %s: %w", method, to, err)
	}
	s.metrics.seconds.Observe(time.Since(start).Seconds())
	if a.status == statusOK {
		s.metrics.calls.WithLabelValues("ok").Inc()
		return a.body, nil
	}
	s.metrics.calls.WithLabelValues("refused").Inc()
	remote, err := parseRemoteError(a.body, to, method)
	if err != nil {
		return nil, fmt.Errorf("calling %s of node %s: %w", method, to, err)
	}
	return nil, remote
}

// exchange finds a stream for a request and sends it.
func (s *streams) exchange(ctx context.Context, to NodeID, r request) (answer, error) {
	leave, err := s.pool.enter(ctx, to)
	if err != nil {
		return answer{}, err
	}
	defer leave()
	if c := s.pool.take(to); c != nil {
		a, sent, err := s.use(ctx, c, to, r)
		if err == nil || sent || ctx.Err() != nil {
			return a, err
		}
	}
	c, err := s.pool.fresh(ctx, to)
	if err != nil {
		return answer{}, err
	}
	a, _, err := s.use(ctx, c, to, r)
	return a, err
}

func (s *streams) use(ctx context.Context, c *callConn, to NodeID, r request) (a answer, sent bool, err error) {
	deadline, _ := ctx.Deadline()
	r.timeout = time.Until(deadline)
	a, sent, err = c.roundTrip(ctx, r)
	if err != nil {
		return a, sent, err
	}
	s.pool.put(c, to)
	return a, true, nil
}
