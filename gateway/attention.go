package gateway

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// attention is the context of an exchange's request. It ends with the server's,
// and when the client goes away; for that the client's socket is looked after as
// soon as somebody asks for Done, so that a request which is answered at once
// costs no look.
//
// Where the socket cannot be lent (TLS, HTTP/2, a body) net/http looks itself.
type attention struct {
	server *http.Request     // has the server's context
	known  func(key any) any // what the exchange is found by, and the server's values
	side   *readSide

	mu     sync.Mutex
	lent   bool
	inner  atomic.Pointer[context.Context] // nil: nobody asked for Done
	cancel context.CancelFunc              // of inner
	looked chan struct{}                   // closed when nobody looks any more; nil: nobody did
}

// attend begins: side is lent where it can be.
func (a *attention) attend(server *http.Request, known func(key any) any, side *readSide) {
	a.server, a.known, a.side = server, known, side
	alone := server.ProtoMajor < 2 && server.TLS == nil && (server.Body == nil || server.Body == http.NoBody)
	a.lent = alone && side.socket != nil && side.lend()
}

// Done implements context.Context.
func (a *attention) Done() <-chan struct{} {
	if inner := a.inner.Load(); inner != nil {
		return (*inner).Done()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lent && a.inner.Load() == nil {
		a.look()
	}
	return a.now().Done()
}

// look begins to look after the socket. The caller holds mu.
func (a *attention) look() {
	inner, cancel := context.WithCancel(a.server.Context())
	a.cancel, a.looked = cancel, make(chan struct{})
	a.inner.Store(&inner)
	go func() {
		defer close(a.looked)
		if a.side.look() {
			cancel()
		}
	}()
}

// now is the context that says whether it has ended, and why.
func (a *attention) now() context.Context {
	if inner := a.inner.Load(); inner != nil {
		return *inner
	}
	return a.server.Context()
}

// Deadline implements context.Context.
func (a *attention) Deadline() (time.Time, bool) { return a.server.Context().Deadline() }

// Err implements context.Context.
func (a *attention) Err() error { return a.now().Err() }

// Value implements context.Context.
func (a *attention) Value(key any) any {
	if inner := a.inner.Load(); inner != nil {
		if v := (*inner).Value(key); v != nil { // package context finds what ends there
			return v
		}
	}
	return a.known(key)
}

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
	if a.inner.Load() != nil {
		a.cancel()
	}
}
