package gateway

import (
	"context"
	"sync"
	"sync/atomic"
)

// attention is the context of an exchange's request. It ends with the server's,
// and when the client goes away; for that the client's socket is looked after as
// soon as somebody asks for Done, so that a request which is answered at once
// costs no look.
//
// Where the socket cannot be lent (TLS, HTTP/2, a body) net/http looks itself.
type attention struct {
	context.Context // the server's
	side            *readSide

	mu     sync.Mutex
	lent   bool
	inner  atomic.Pointer[ending] // nil: nobody asked for Done
	looked chan struct{}          // closed when nobody looks any more; nil: nobody did
}

// ending is a context that can be ended.
type ending struct {
	context.Context
	cancel context.CancelFunc
}

// attend begins: side is lent where it can be.
func (a *attention) attend(server context.Context, side *readSide, alone bool) {
	a.Context, a.side = server, side
	a.lent = alone && side.socket != nil && side.lend()
}

// Done implements context.Context.
func (a *attention) Done() <-chan struct{} {
	if inner := a.inner.Load(); inner != nil {
		return inner.Done()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.lent {
		return a.Context.Done()
	}
	if a.inner.Load() == nil {
		ctx, cancel := context.WithCancel(a.Context)
		a.inner.Store(&ending{ctx, cancel})
		a.looked = make(chan struct{})
		go func() {
			defer close(a.looked)
			if a.side.look() {
				cancel()
			}
		}()
	}
	return a.inner.Load().Done()
}

// now is the context that says whether it has ended, and why.
func (a *attention) now() context.Context {
	if inner := a.inner.Load(); inner != nil {
		return inner
	}
	return a.Context
}

// Err implements context.Context.
func (a *attention) Err() error { return a.now().Err() }

// Value implements context.Context.
func (a *attention) Value(key any) any { return a.now().Value(key) }

// release gives the socket back to the server, which reads it after this. What
// hears of the end still does.
func (a *attention) release() {
	a.mu.Lock()
	lent := a.lent
	a.lent = false
	a.mu.Unlock()
	if !lent {
		return
	}
	if a.looked != nil {
		a.side.interrupt()
		<-a.looked
	}
	a.side.giveBack()
}

// end releases, and ends the context.
func (a *attention) end() {
	a.release()
	if inner := a.inner.Load(); inner != nil {
		inner.cancel()
	}
}
