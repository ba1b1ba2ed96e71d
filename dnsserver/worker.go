package dnsserver

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
)

// worker answers queries one at a time. It belongs to one goroutine, so that
// nothing it touches per query is contended: its exchange, its generator, its
// counters.
type worker struct {
	id        int
	server    *Server
	rng       *rand.PCG
	counters  *counters
	nsid      []byte
	keepalive uint16 // units of 100 ms (RFC 7828 §3.1)
	exchange  exchange
}

// newWorker returns a worker that counts into c.
func (s *Server) newWorker(c *counters) *worker {
	w := &worker{
		id: int(s.workers.Add(1)), server: s, counters: c, rng: newDraws(),
		nsid:      []byte(s.options.NSID),
		keepalive: uint16(s.options.Limits.IdleTimeout / keepaliveUnit),
	}
	w.exchange.worker = w
	return w
}

// newDraws returns a generator with a seed that nobody knows.
func newDraws() *rand.PCG {
	var seed [16]byte
	_, _ = cryptorand.Read(seed[:]) // never fails: it ends the process instead
	return rand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:]))
}

// view returns what is served now, nil before the first Publish.
func (w *worker) view() *View { return w.server.view.Load() }

func (w *worker) secrets() *CookieSecrets { return w.server.cookies.Load() }

// panicked logs a panic, at most one a second: a query that can be sent once
// can be sent often.
func (w *worker) panicked(cause any) {
	second := w.exchange.now.Unix()
	if last := w.server.lastPanic.Load(); second == last || !w.server.lastPanic.CompareAndSwap(last, second) {
		return
	}
	w.server.options.Logger.Error("query caused a panic", "cause", cause, "transport", w.exchange.peer.Transport.String())
}
