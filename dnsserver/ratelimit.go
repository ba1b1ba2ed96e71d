package dnsserver

import (
	"hash/maphash"
	"math/bits"
	"net/netip"
	"sync/atomic"
	"time"
)

// RateLimit bounds the replies to one network over UDP, so that forged queries
// cannot be turned into a flood (response rate limiting). Networks are /24 and
// /56; each kind of reply (positive, no data, no such name, referral, error) is
// limited by itself. Clients with a valid cookie and clients over TCP have
// proved their address and are not limited.
type RateLimit struct {
	Off     bool
	Answers int // positive answers and referrals per second; 0: 1000
	Denials int // negative answers and errors per second; 0: 250
	Slots   int // networks told apart at a time, rounded up to a power of 2; 0: 131,072
	// Exempt networks are not limited; nil: loopback.
	Exempt []netip.Prefix
}

const (
	defaultAnswerRate = 1000
	defaultDenialRate = 250
	defaultRateSlots  = 1 << 17
	maxRateSlots      = 1 << 24
	rateBurst         = time.Second // what a quiet network has in hand
)

// limiter is a fixed table of leaky buckets. A slot holds a tag of its network
// and the time, in microseconds since start, at which the bucket is empty: the
// generic cell rate algorithm.
type limiter struct {
	slots  []atomic.Uint64
	seed   maphash.Seed
	start  time.Time
	cost   [answerClasses]uint64 // microseconds per reply
	exempt []netip.Prefix
}

const (
	tagBits  = 20
	timeBits = 64 - tagBits
)

func newLimiter(r RateLimit, start time.Time) *limiter {
	if r.Off {
		return nil
	}
	size := 1 << bits.Len(uint(max(r.Slots, 1)-1))
	l := &limiter{slots: make([]atomic.Uint64, size), seed: maphash.MakeSeed(), start: start, exempt: r.Exempt}
	for class := range l.cost {
		l.cost[class] = max(uint64(time.Second/time.Microsecond)/uint64(r.rate(answerClass(class))), 1)
	}
	return l
}

// rate returns how many replies of a class there may be in a second.
func (r RateLimit) rate(class answerClass) int {
	if class == classPositive || class == classReferral {
		return r.Answers
	}
	return r.Denials
}

// allow takes one reply from a network's share and reports whether there was
// one to take.
func (l *limiter) allow(client netip.Addr, class answerClass, now time.Time) bool {
	for _, p := range l.exempt {
		if p.Contains(client) {
			return true
		}
	}
	slot, tag := l.place(client, class)
	clock := uint64(max(now.Sub(l.start), 0)/time.Microsecond) & (1<<timeBits - 1)
	for {
		old := slot.Load()
		empty := clock
		if old>>timeBits == tag {
			empty = max(clock, old&(1<<timeBits-1))
		} else if old&(1<<timeBits-1) > clock+uint64(rateBurst/time.Microsecond)/2 {
			return true // the slot is in use by a network under limit: that one is kept
		}
		if empty > clock+uint64(rateBurst/time.Microsecond) {
			return false
		}
		if slot.CompareAndSwap(old, tag<<timeBits|empty+l.cost[class]) {
			return true
		}
	}
}

// place returns the slot of a network and the tag that tells it from others.
func (l *limiter) place(client netip.Addr, class answerClass) (*atomic.Uint64, uint64) {
	var key [9]byte
	if client.Is4() {
		octets := client.As4()
		copy(key[:], octets[:3])
		key[7] = 4
	} else {
		octets := client.As16()
		copy(key[:], octets[:7])
		key[7] = 6
	}
	key[8] = byte(class)
	hash := maphash.Bytes(l.seed, key[:])
	return &l.slots[hash&uint64(len(l.slots)-1)], hash >> timeBits
}

// stepRate reports whether a reply may be sent. Of those over the limit every
// other is sent in short form, so that a client that is real can come over TCP
// ("slip 2"), or learn a cookie (BADCOOKIE, RFC 7873 §5.2.3).
func (x *exchange) stepRate() bool {
	l := x.worker.server.limiter
	if l == nil || x.peer.Transport == TCP || x.cookie >= cookieValid || l.allow(x.peer.Addr, x.class, x.now) {
		return true
	}
	c := x.worker.counters
	if x.worker.rng.Uint64()&1 == 0 {
		c.limited[limitDropped].Add(1)
		return false
	}
	x.truncate()
	x.edes, x.scope = 0, 0
	if x.cookie == cookieClient {
		c.limited[limitBadCookie].Add(1)
		x.flags &^= flagTC | flagAA
		x.rcode = rcodeBadCookie
		return true
	}
	c.limited[limitSlipped].Add(1)
	x.rcode = rcodeSuccess
	return true
}

// networkOf returns the network a client counts to.
func networkOf(client netip.Addr) netip.Prefix {
	bits := 24
	if client.Is6() {
		bits = 56
	}
	p, _ := client.Prefix(bits)
	return p
}
