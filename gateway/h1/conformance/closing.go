package conformance

import (
	"io"
	"sync"
	"time"
)

// closing is a request body that knows whether it was closed.
type closing struct {
	io.Reader
	once sync.Once
	mu   sync.Mutex
	done chan struct{}
}

func (c *closing) channel() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
	}
	return c.done
}

// Close implements io.Closer.
func (c *closing) Close() error {
	c.once.Do(func() { close(c.channel()) })
	return nil
}

// await waits until it is closed, and reports whether it is.
func (c *closing) await() bool {
	select {
	case <-c.channel():
		return true
	case <-time.After(patience):
		return false
	}
}
