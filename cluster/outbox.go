package cluster

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Limits of an outbox.
const (
	outboxRecords = 1024
	maxGossiped   = 1300 // bytes of a message that packets carry
	retransmits   = 4    // times the decimal digits of the number of members
	itemFront     = 1 + 1 + maxKind + 5
)

// outbox keeps records that packets carry until each has been sent often enough
// for everybody to have it, most likely. A newer record of the same author and
// key takes its predecessor's place; when it is full the oldest goes.
type outbox struct {
	mu      sync.Mutex
	waiting []*parcel // oldest first
	fresh   []*parcel // not sent by courtesy yet
	dropped int
	wake    chan struct{}
}

// parcel is a message under way.
type parcel struct {
	kind Kind
	name string // of what it supersedes; empty: nothing
	raw  []byte
	age  time.Duration // when it was put in
	at   time.Time
	left int // times to send
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// pack makes a parcel of a message.
func pack(k Kind, message []byte, times int) *parcel {
	p := &parcel{kind: k, raw: slices.Clone(message), at: time.Now(), left: times, age: -1}
	age, raw, err := cutMessage(p.raw)
	if err != nil {
		return p
	}
	p.age, p.raw = age, raw
	if r, err := parseRecord(raw); err == nil {
		p.name = string(r.Kind) + "\x00" + r.Key + "\x00" + string(r.Author)
	}
	return p
}

// item returns the parcel's content, as old as it is by now.
func (p *parcel) item() item {
	if p.age < 0 {
		return item{p.kind, p.raw}
	}
	return item{p.kind, appendMessage(nil, p.age+time.Since(p.at), p.raw)}
}

// size is the most bytes that the parcel takes as a letter.
func (p *parcel) size() int { return len(p.raw) + itemFront + 10 }

// times returns how often a record is sent among a number of members.
func times(members int) int {
	return retransmits * int(math.Ceil(math.Log10(float64(members+1))))
}

// put queues a parcel; fresh ones are for the speaker too.
func (o *outbox) put(p *parcel, fresh bool) {
	o.mu.Lock()
	if p.name != "" {
		same := func(q *parcel) bool { return q.name == p.name }
		o.waiting, o.fresh = slices.DeleteFunc(o.waiting, same), slices.DeleteFunc(o.fresh, same)
	}
	o.waiting = append(o.waiting, p)
	if len(o.waiting) > outboxRecords {
		o.waiting = slices.Delete(o.waiting, 0, 1)
		o.dropped++
	}
	if fresh {
		o.fresh = append(o.fresh, p)
		o.fresh = o.fresh[max(0, len(o.fresh)-outboxRecords):]
	}
	o.mu.Unlock()
	if fresh {
		nudge(o.wake)
	}
}

// takeFresh returns what nobody has been sent yet.
func (o *outbox) takeFresh() []*parcel {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.fresh
	o.fresh = nil
	return all
}

// next returns letters for one packet, those sent least first.
func (o *outbox) next(overhead, limit int) (letters [][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		return nil
	}
	order := slices.Clone(o.waiting)
	slices.SortStableFunc(order, func(a, b *parcel) int { return b.left - a.left })
	for _, p := range order {
		if p.size()+overhead > limit {
			continue
		}
		letter := recordsLetter(p.item())
		limit -= len(letter) + overhead
		p.left--
		letters = append(letters, letter)
	}
	o.waiting = slices.DeleteFunc(o.waiting, func(p *parcel) bool { return p.left <= 0 })
	return letters
}

func (o *outbox) depth() (records, dropped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting), o.dropped
}
