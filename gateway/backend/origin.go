package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	mostAddresses = 64 // of one name; more are left out
	mostRecords   = 512
	keepRecord    = time.Hour              // of an address that is gone
	lookEvery     = 50 * time.Millisecond  // how often requests ask Names, which knows without waiting
	refreshEvery  = 5 * time.Second        // how often an early lookup is asked for
	renewal       = 250 * time.Millisecond // how long a request that would fail waits for one
)

var errNoAddresses = errors.New("the name has no addresses")

// origin is where a backend's requests go: its addresses, their bad records and
// their connections. It is kept while the backend's host and the way to it stay.
type origin struct {
	way       way
	tcp       func(ctx context.Context, a netip.AddrPort) (net.Conn, error)
	transport func(TransportOptions) http.RoundTripper
	drains    bool // EmptyDrains
	names     Names
	lookup    string // what Names is asked; "": the host is an address
	allowed   func(netip.Addr) error
	log       *slog.Logger
	counts    *counts

	now    atomic.Pointer[roster]
	turn   atomic.Uint32
	due    atomic.Int64 // ns since 1970 when Names is asked again
	early  atomic.Pointer[early]
	asking atomic.Bool // the first lookup is under way in the background

	mu        sync.Mutex
	records   map[netip.AddrPort]*ejection
	complaint string

	retired atomic.Bool // no Set is built with it any more
}

// roster is the addresses of an origin at one time. It does not change.
type roster struct {
	from []netip.Addr // as Names gave them
	all  []*address
}

// address is one appearance of an address.
type address struct {
	addr  netip.AddrPort
	since time.Time
	gone  atomic.Bool // another appearance, or none, has taken its place
	bad   *ejection
	lines lines
}

// roster returns the addresses to use. Only an origin without any waits.
func (o *origin) roster(ctx context.Context, now time.Time) (*roster, error) {
	r := o.now.Load()
	switch {
	case r == nil:
		ctx, cancel := context.WithTimeout(ctx, o.way.timeouts.Connect)
		defer cancel()
		r = o.look(ctx, now)
	case o.lookup != "":
		due := o.due.Load()
		if at := now.UnixNano(); at >= due && o.due.CompareAndSwap(due, at+int64(lookEvery)) {
			r = o.look(ctx, now)
		}
	}
	if r == nil || len(r.all) == 0 {
		return nil, o.missing()
	}
	return r, nil
}

// missing says why there are no addresses.
func (o *origin) missing() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.complaint != "" {
		return fmt.Errorf("finding the addresses of %s: %s", o.way.host, o.complaint)
	}
	return fmt.Errorf("finding the addresses of %s: %w", o.way.host, errNoAddresses)
}

// look asks Names and takes what it says over. A host that is an address is
// taken once.
func (o *origin) look(ctx context.Context, now time.Time) *roster {
	r := o.now.Load()
	if o.lookup == "" {
		if r == nil {
			r = o.adopt([]netip.Addr{o.way.literal}, nil, now)
		}
		return r
	}
	found, err := o.names.Addresses(ctx, o.lookup)
	r = o.now.Load()
	if err == nil && r != nil && same(r.from, found) {
		return r
	}
	return o.adopt(found, err, now)
}

// same reports whether a and b are one slice, or equal.
func same(a, b []netip.Addr) bool {
	if len(a) != len(b) {
		return false
	}
	return len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b)
}

// adopt makes found the addresses. Those that stay keep their connections, those
// that come back their bad record; lines of those that went end.
func (o *origin) adopt(found []netip.Addr, err error, now time.Time) *roster {
	usable, complaint := o.usable(found)
	if err != nil {
		complaint = err.Error()
	}
	o.mu.Lock()
	o.complaint = complaint
	next, gone := o.now.Load(), []*address(nil)
	if len(found) > 0 || err == nil && (next == nil || o.drains) {
		next, gone = o.merge(next, usable, now)
		next.from = found
		o.now.Store(next)
	}
	o.mu.Unlock()
	for _, a := range gone {
		a.lines.retire()
	}
	return next
}

// merge returns the next roster and who is no longer in it. Callers hold mu.
func (o *origin) merge(before *roster, usable []netip.Addr, now time.Time) (next *roster, gone []*address) {
	next = &roster{}
	for _, a := range usable {
		next.all = append(next.all, o.appear(before, a, now))
	}
	if before == nil {
		return next, nil
	}
	for _, a := range before.all {
		if !slices.Contains(next.all, a) {
			a.gone.Store(true)
			a.bad.gone = now
			gone = append(gone, a)
		}
	}
	return next, gone
}

// usable returns the addresses that may be used, without doubles, and why others
// may not.
func (o *origin) usable(found []netip.Addr) (out []netip.Addr, complaint string) {
	for _, a := range found {
		a = a.Unmap()
		if err := o.allowed(a); err != nil {
			complaint = fmt.Sprintf("%v is refused: %v", a, err)
			continue
		}
		if len(out) < mostAddresses && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out, complaint
}

// appear returns the address of a, as it was or new. Callers hold mu.
func (o *origin) appear(before *roster, a netip.Addr, now time.Time) *address {
	at := netip.AddrPortFrom(a, o.way.port)
	if before != nil {
		i := slices.IndexFunc(before.all, func(x *address) bool { return x.addr == at })
		if i >= 0 {
			return before.all[i]
		}
	}
	bad := o.records[at]
	if bad == nil {
		bad = &ejection{}
		o.records[at] = bad
	}
	bad.gone = time.Time{}
	return &address{addr: at, since: now, bad: bad}
}

// next chooses the address to try. nil: all were tried.
func (o *origin) next(r *roster, tried []*address, now time.Time) *address {
	if len(r.all) == 1 && len(tried) == 0 {
		return r.all[0]
	}
	return r.choose(o.turn.Add(1)-1, tried, now)
}

// choose takes the addresses in turn, those that are ejected last.
func (r *roster) choose(turn uint32, tried []*address, now time.Time) *address {
	n, at := uint32(len(r.all)), now.UnixNano() //nolint:gosec // at most mostAddresses
	var ejected *address
	for i := range n {
		a := r.all[(turn+i)%n]
		switch {
		case slices.Contains(tried, a):
		case !a.bad.active(at):
			return a
		case ejected == nil:
			ejected = a
		}
	}
	return ejected
}

// fail notes that a could not be connected to: it is ejected, if the cap and its
// neighbours allow, and Names is asked to look again.
func (o *origin) fail(a *address, err error, now time.Time) {
	o.mu.Lock()
	a.bad.failure, a.bad.failed = err.Error(), now
	eject := !a.bad.active(now.UnixNano()) && o.room(now)
	if eject {
		a.bad.start(now)
	}
	o.mu.Unlock()
	if eject {
		o.counts.ejections.Add(1)
		o.log.Warn("backend address ejected", "host", o.way.host, "address", a.addr.String(), "error", err)
	}
	o.refresh(now)
}

// room reports whether one more address may be ejected. Callers hold mu.
func (o *origin) room(now time.Time) bool {
	r, n := o.now.Load(), 0
	if r == nil {
		return false
	}
	for _, a := range r.all {
		if a.bad.active(now.UnixNano()) {
			n++
		}
	}
	return n+1 <= ejectable(len(r.all))
}

// early is an early lookup.
type early struct {
	at    time.Time
	begun chan struct{}   // closed when done is known
	done  <-chan struct{} // closed when it is over; nil: there was none
}

// refresh asks for an early lookup, now and then.
func (o *origin) refresh(now time.Time) {
	last := o.early.Load()
	if o.lookup == "" || last != nil && now.Sub(last.at) < refreshEvery {
		return
	}
	next := &early{at: now, begun: make(chan struct{})}
	if !o.early.CompareAndSwap(last, next) {
		return
	}
	next.done = o.names.Refresh(o.lookup)
	close(next.begun)
	o.due.Store(0)
}

// renewed returns the addresses that have taken the place of before, for a
// request that fails without them: it waits for an early lookup. nil: they are
// as they were.
func (o *origin) renewed(ctx context.Context, before *roster) *roster {
	if e := o.early.Load(); e != nil {
		<-e.begun
		e.over(ctx)
	}
	r := o.now.Load()
	if r == before {
		r = o.look(ctx, time.Now())
	}
	if r == before || len(r.all) == 0 {
		return nil
	}
	return r
}

// over waits for the end of the lookup, for a while.
func (e *early) over(ctx context.Context) {
	if e.done == nil {
		return
	}
	t := time.NewTimer(renewal)
	defer t.Stop()
	select {
	case <-e.done:
	case <-t.C:
	case <-ctx.Done():
	}
}
