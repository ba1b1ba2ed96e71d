//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"meridian/bench/rig"
)

const (
	batch       = 16
	maxReply    = 4096
	maxWindow   = 256
	patience    = time.Second // after which a reply counts as missing
	maxPerRun   = 50_000_000  // queries, whatever the time
	socketQueue = 4 << 20
)

// tally is what came of one run.
type tally struct {
	sent, answered, lost, scoped uint64
	wrong                        [verdicts]uint64
	elapsed                      time.Duration
	latency                      rig.Histogram
}

// bad is the number of replies that were wrong or did not come.
func (t *tally) bad() uint64 {
	return t.lost + t.wrong[malformed] + t.wrong[wrongRcode] + t.wrong[wrongAnswer]
}

// slot is a place in a flow's window: a query that waits for its reply.
type slot struct {
	id      uint16
	pending bool
	q       *question
	at      time.Time
}

// flow is one socket with its window. A query's id is its slot and a count, so
// a late reply never passes for the next one.
type flow struct {
	conn    *net.UDPConn
	packets *ipv4.PacketConn
	slots   []slot
	free    []uint8
	in, out []ipv4.Message
	queued  int
	next    *int
	asked   []question
	tally   *tally
}

// load is a generator with one thread, which never sleeps: what it adds to a
// round trip is the same for every server.
type load struct {
	flows []*flow
	tally *tally
}

// newLoad opens sockets to a server, with window queries on the way at most on
// each. The caller closes it.
func newLoad(to netip.AddrPort, asked []question, sockets, window int) (*load, error) {
	l := &load{tally: &tally{}}
	next := new(int)
	for range sockets {
		conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(to))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("opening a socket to %s: %w", to, err), l.close())
		}
		_ = conn.SetReadBuffer(socketQueue) // the system grants what it will
		l.flows = append(l.flows, newFlow(conn, window, asked, next, l.tally))
	}
	return l, nil
}

func newFlow(conn *net.UDPConn, window int, asked []question, next *int, t *tally) *flow {
	f := &flow{
		conn: conn, packets: ipv4.NewPacketConn(conn), slots: make([]slot, window),
		in: make([]ipv4.Message, batch), out: make([]ipv4.Message, batch), next: next, asked: asked, tally: t,
	}
	for i := range batch {
		f.in[i].Buffers = [][]byte{make([]byte, maxReply)}
		f.out[i].Buffers = [][]byte{make([]byte, 0, maxReply)}
	}
	for i := range window {
		f.free = append(f.free, uint8(i))
	}
	return f
}

func (l *load) close() error {
	var errs []error
	for _, f := range l.flows {
		errs = append(errs, f.conn.Close())
	}
	return errors.Join(errs...)
}

// closed keeps every window full for a time, then waits for the last replies.
func (l *load) closed(d time.Duration) (*tally, error) {
	start := time.Now()
	for end := start.Add(d); time.Now().Before(end) && l.tally.sent < maxPerRun; {
		for _, f := range l.flows {
			if err := f.turn(len(f.free)); err != nil {
				return l.tally, err
			}
		}
	}
	return l.tally, l.drain(start)
}

// paced sends rate queries a second for a time, each at its own moment, however
// late the replies are; latency counts from that moment.
func (l *load) paced(d time.Duration, rate int) (*tally, error) {
	start, interval := time.Now(), time.Second/time.Duration(rate)
	due, end := start, start.Add(d)
	for i := 0; due.Before(end); i++ {
		f := l.flows[i%len(l.flows)]
		for time.Now().Before(due) {
			if err := l.receive(); err != nil {
				return l.tally, err
			}
		}
		if err := f.post(due); err != nil {
			return l.tally, err
		}
		due = due.Add(interval)
	}
	return l.tally, l.drain(start)
}

// drain waits for the replies that are still on the way.
func (l *load) drain(start time.Time) error {
	l.tally.elapsed = time.Since(start)
	for end := time.Now().Add(2 * patience); time.Now().Before(end) && l.waiting() > 0; {
		if err := l.receive(); err != nil {
			return err
		}
	}
	l.tally.lost += uint64(l.waiting())
	return nil
}

func (l *load) waiting() (n int) {
	for _, f := range l.flows {
		n += len(f.slots) - len(f.free)
	}
	return n
}

func (l *load) receive() error {
	for _, f := range l.flows {
		if err := f.receive(); err != nil {
			return err
		}
	}
	return nil
}

// turn reads what has come and sends up to n queries.
func (f *flow) turn(n int) error {
	if err := f.receive(); err != nil {
		return err
	}
	now := time.Now()
	for range min(n, batch, len(f.free)) {
		f.queue(now)
	}
	return f.flush()
}

// post sends one query whose moment is due.
func (f *flow) post(due time.Time) error {
	if len(f.free) == 0 {
		f.tally.sent++
		f.tally.lost++
		return nil
	}
	f.queue(due)
	return f.flush()
}

// queue puts the next question into a free slot and into the batch.
func (f *flow) queue(at time.Time) {
	i := f.free[len(f.free)-1]
	f.free = f.free[:len(f.free)-1]
	s := &f.slots[i]
	s.id, s.pending, s.at = (s.id+maxWindow)&^(maxWindow-1)|uint16(i), true, at
	s.q = &f.asked[*f.next%len(f.asked)]
	*f.next++
	b := append(f.out[f.queued].Buffers[0][:0], s.q.wire...)
	binary.BigEndian.PutUint16(b, s.id)
	f.out[f.queued].Buffers[0] = b
	f.queued++
}

// flush sends the batch.
func (f *flow) flush() error {
	for sent := 0; sent < f.queued; {
		n, err := f.packets.WriteBatch(f.out[sent:f.queued], 0)
		if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			return fmt.Errorf("sending queries: %w", err)
		}
		sent += max(n, 0)
		f.tally.sent += uint64(max(n, 0))
	}
	f.queued = 0
	return nil
}

// receive reads what has come, without waiting.
func (f *flow) receive() error {
	n, err := f.packets.ReadBatch(f.in, unix.MSG_DONTWAIT)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		f.expire(time.Now())
		return nil
	case err != nil:
		return fmt.Errorf("reading replies: %w", err)
	}
	now := time.Now()
	for i := range n {
		f.take(f.in[i].Buffers[0][:f.in[i].N], now)
	}
	return nil
}

// take judges a reply and frees its slot.
func (f *flow) take(reply []byte, now time.Time) {
	if len(reply) < headerSize {
		f.tally.wrong[malformed]++
		return
	}
	id := binary.BigEndian.Uint16(reply)
	i := int(id % maxWindow)
	if i >= len(f.slots) || !f.slots[i].pending || f.slots[i].id != id {
		return // its slot has counted it as lost
	}
	s := &f.slots[i]
	v, scoped := judge(s.q, reply)
	f.tally.wrong[v]++
	f.tally.answered++
	if scoped {
		f.tally.scoped++
	}
	f.tally.latency.Add(now.Sub(s.at))
	s.pending = false
	f.free = append(f.free, uint8(i))
}

// expire counts the queries whose reply has not come in time.
func (f *flow) expire(now time.Time) {
	for i := range f.slots {
		if s := &f.slots[i]; s.pending && now.Sub(s.at) > patience {
			s.pending = false
			f.tally.lost++
			f.free = append(f.free, uint8(i))
		}
	}
}
