package gateway

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// accessLog writes lines without ever making a request wait: what the writer
// does not take in time is dropped and counted. A nil one logs nothing.
type accessLog struct {
	to      io.Writer
	queue   chan *[]byte
	lines   sync.Pool // of *[]byte
	calm    sampler   // answers below 500
	alarm   sampler   // the others, so that they are seen however many requests there are
	dropped atomic.Uint64
	failed  atomic.Uint64 // writes
	begun   atomic.Bool
	closing chan struct{}
	ended   chan struct{}
}

const (
	maxQueued = 1024     // lines
	maxBatch  = 64 << 10 // bytes in one write
)

func newAccessLog(to io.Writer, rate int) *accessLog {
	if to == nil {
		return nil
	}
	return &accessLog{
		to: to, queue: make(chan *[]byte, maxQueued), calm: sampler{rate: uint64(rate)}, alarm: sampler{rate: uint64(rate)},
		closing: make(chan struct{}), ended: make(chan struct{}),
	}
}

func (l *accessLog) start() {
	if l != nil && !l.begun.Swap(true) {
		go l.run()
	}
}

// stop writes what is queued. Nothing may be logged after.
func (l *accessLog) stop(limit time.Duration) error {
	if l == nil || !l.begun.Load() {
		return nil
	}
	close(l.closing)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-l.ended:
		return nil
	case <-timer.C:
		return errors.New("ending the access log: its writer does not return")
	}
}

func (l *accessLog) run() {
	defer close(l.ended)
	batch := make([]byte, 0, maxBatch)
	for {
		select {
		case line := <-l.queue:
			batch = l.gather(batch[:0], line)
			l.write(batch)
		case <-l.closing:
			for len(l.queue) > 0 {
				batch = l.gather(batch[:0], <-l.queue)
				l.write(batch)
			}
			return
		}
	}
}

// gather puts lines that wait into one batch.
func (l *accessLog) gather(batch []byte, line *[]byte) []byte {
	for {
		batch = append(batch, *line...)
		l.lines.Put(line)
		if len(batch) > maxBatch-maxLine {
			return batch
		}
		select {
		case line = <-l.queue:
		default:
			return batch
		}
	}
}

func (l *accessLog) write(batch []byte) {
	if _, err := l.to.Write(batch); err != nil {
		l.failed.Add(1)
	}
}

// add queues a line that build writes.
func (l *accessLog) add(build func([]byte) []byte) {
	line, ok := l.lines.Get().(*[]byte)
	if !ok {
		line = new([]byte)
	}
	*line = build((*line)[:0])
	select {
	case l.queue <- line:
	default:
		l.dropped.Add(1)
		l.lines.Put(line)
	}
}

// sampler picks one of so many events: all of them while a second has at most
// rate, then every second one, every fourth. A second begins with what the one
// before needed.
type sampler struct {
	rate    uint64
	second  atomic.Int64
	seen    atomic.Uint64 // in this second
	factor  atomic.Uint64 // 0 is 1
	skipped atomic.Uint64 // since the last one that was picked
}

// pick returns how many events this one stands for, itself and those since the
// one before; 0: it is not picked.
func (s *sampler) pick(now time.Time) uint64 {
	second := now.Unix()
	if old := s.second.Load(); old != second && s.second.CompareAndSwap(old, second) {
		seen := s.seen.Swap(0)
		if old != second-1 {
			seen = 0
		}
		s.factor.Store(seen/s.rate + 1)
	}
	n, factor := s.seen.Add(1), max(1, s.factor.Load())
	if n > s.rate*factor {
		s.factor.CompareAndSwap(factor, 2*factor)
	}
	if n%factor != 0 {
		s.skipped.Add(1)
		return 0
	}
	return s.skipped.Swap(0) + 1
}
