package cluster

import "sync"

// Limits of an inbox.
const (
	inboxLetters = 4096
	inboxBytes   = 16 << 20
)

// inbox keeps letters that came in until they are read. When it is full the
// oldest goes: newer ones supersede it, or the next exchange brings it again.
type inbox struct {
	mu      sync.Mutex
	letters [][]byte
	bytes   int
	dropped int
	wake    chan struct{}
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// put takes a letter in; it must not change afterwards.
func (i *inbox) put(letter []byte) {
	i.mu.Lock()
	i.letters = append(i.letters, letter)
	i.bytes += len(letter)
	for len(i.letters) > inboxLetters || i.bytes > inboxBytes {
		i.bytes -= len(i.letters[0])
		i.letters = i.letters[1:]
		i.dropped++
	}
	i.mu.Unlock()
	nudge(i.wake)
}

// take returns all letters.
func (i *inbox) take() [][]byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := i.letters
	i.letters, i.bytes = nil, 0
	return all
}

func (i *inbox) depth() (letters, dropped int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.letters), i.dropped
}

// nudge wakes whoever waits for a channel of one place.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
