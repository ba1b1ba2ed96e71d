package cluster

import (
	"sync"
)

// Limits of couriers.
const (
	courierBytes = 1 << 20 // for one member
	maxCouriers  = 256     // members at once
	maxAbroad    = 8       // streams at once
)

// couriers bring letters to members by streams, one at a time to each. A letter
// takes the place of one of the same name; when a member's bag is full its
// oldest goes. What cannot be brought is dropped: exchanges of digests repair.
type couriers struct {
	send func(to NodeID, letter []byte) error

	mu      sync.Mutex
	bags    map[NodeID]*bag
	closed  bool
	dropped int

	abroad chan struct{} // one place for each stream
	wg     sync.WaitGroup
}

// bag is what waits for one member, oldest first.
type bag struct {
	letters []named
	bytes   int
}

type named struct {
	name   string
	letter []byte
}

func newCouriers(send func(NodeID, []byte) error) *couriers {
	return &couriers{send: send, bags: map[NodeID]*bag{}, abroad: make(chan struct{}, maxAbroad)}
}

// post takes a letter for a member. It does not block.
func (c *couriers) post(to NodeID, name string, letter []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.bags[to]
	if c.closed || b == nil && len(c.bags) >= maxCouriers {
		c.dropped++
		return
	}
	idle := b == nil
	if idle {
		b = &bag{}
		c.bags[to] = b
	}
	c.dropped += b.put(named{name, letter})
	if idle {
		c.wg.Go(func() { c.bring(to) })
	}
}

// put adds a letter and returns how many others it pushed out.
func (b *bag) put(n named) (dropped int) {
	for i, old := range b.letters {
		if n.name != "" && old.name == n.name {
			b.bytes += len(n.letter) - len(old.letter)
			b.letters[i] = n
			return 0
		}
	}
	b.letters = append(b.letters, n)
	b.bytes += len(n.letter)
	for b.bytes > courierBytes && len(b.letters) > 1 {
		b.bytes -= len(b.letters[0].letter)
		b.letters = b.letters[1:]
		dropped++
	}
	return dropped
}

// bring sends what a member's bag has until it is empty.
func (c *couriers) bring(to NodeID) {
	for {
		letter, ok := c.pick(to)
		if !ok {
			return
		}
		c.abroad <- struct{}{}
		err := c.send(to, letter)
		<-c.abroad
		if err != nil {
			c.empty(to)
		}
	}
}

// pick takes the oldest letter, and the bag away when there is none.
func (c *couriers) pick(to NodeID) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.bags[to]
	if len(b.letters) == 0 || c.closed {
		delete(c.bags, to)
		return nil, false
	}
	first := b.letters[0]
	b.letters = b.letters[1:]
	b.bytes -= len(first.letter)
	return first.letter, true
}

func (c *couriers) empty(to NodeID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.bags[to]
	c.dropped += len(b.letters)
	b.letters, b.bytes = nil, 0
}

// depth returns the bytes in the fullest bag, and how many letters were dropped.
func (c *couriers) depth() (fullest, dropped int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.bags {
		fullest = max(fullest, b.bytes)
	}
	return fullest, c.dropped
}

// shut takes no more letters; wg is done when the couriers are back.
func (c *couriers) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}
