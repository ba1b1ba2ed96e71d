package backend

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

const sweepEvery = 500 * time.Millisecond

// sweep does what requests would do if there were any. What time alone changes
// is done now and then: trips end, records and connections grow old, names that
// have had no answer are asked for again. What names stand for changes when
// Renew says so, and not before.
func (b *Backends) sweep(ctx context.Context) {
	defer b.running.Done()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	b.pass(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.renewed:
			b.renew(ctx)
		case <-tick.C:
			b.pass(ctx)
		}
	}
}

// pass lets time do its part.
func (b *Backends) pass(ctx context.Context) {
	now := time.Now()
	circuits, origins := b.watched()
	for _, c := range circuits {
		c.advance(now)
	}
	for _, o := range origins {
		b.tend(ctx, o, now)
	}
}

// Renew has Names asked again for every host, beside the caller: what they stand
// for may have changed. It does not block.
func (b *Backends) Renew() {
	select {
	case b.renewed <- struct{}{}:
	default: // it is about to be done
	}
}

// renew takes over what names stand for now.
func (b *Backends) renew(ctx context.Context) {
	now := time.Now()
	_, origins := b.watched()
	for _, o := range origins {
		if o.now.Load() != nil {
			o.look(ctx, now)
		}
	}
}

// tend looks after one origin. A first lookup may take its time and has a
// goroutine of its own.
func (b *Backends) tend(ctx context.Context, o *origin, now time.Time) {
	if o.now.Load() != nil {
		o.age(now)
		return
	}
	if !o.asking.CompareAndSwap(false, true) {
		return
	}
	b.running.Go(func() {
		defer o.asking.Store(false)
		ctx, cancel := context.WithTimeout(ctx, o.way.timeouts.Connect)
		defer cancel()
		o.look(ctx, time.Now())
	})
}

// age forgets records of addresses long gone, and ends lines that are too old.
func (o *origin) age(now time.Time) {
	o.mu.Lock()
	for a, bad := range o.records {
		if !bad.gone.IsZero() && now.Sub(bad.gone) >= keepRecord {
			delete(o.records, a)
		}
	}
	for len(o.records) > mostRecords && o.forgetOldest() {
	}
	o.mu.Unlock()
	if r := o.now.Load(); r != nil {
		for _, a := range r.all {
			a.lines.expire(now)
		}
	}
}

// forgetOldest drops the record that is gone for longest; false: none is gone.
// Callers hold mu.
func (o *origin) forgetOldest() bool {
	var oldest netip.AddrPort
	for a, bad := range o.records {
		if !bad.gone.IsZero() && (!oldest.IsValid() || bad.gone.Before(o.records[oldest].gone)) {
			oldest = a
		}
	}
	delete(o.records, oldest)
	return oldest.IsValid()
}

// retire ends the origin: nothing new is kept open.
func (o *origin) retire() {
	o.retired.Store(true)
	if r := o.now.Load(); r != nil {
		for _, a := range r.all {
			a.lines.retire()
		}
	}
}

// status describes the addresses.
func (o *origin) status(now time.Time) (out []AddressStatus, complaint string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.now.Load()
	if r == nil {
		return nil, o.complaint
	}
	for _, a := range r.all {
		s := AddressStatus{
			Addr: a.addr, Since: a.since, Failures: a.bad.doublings(now), InFlight: a.lines.users(),
			LastError: a.bad.failure, LastAt: a.bad.failed,
		}
		if len(r.all) > 1 && a.bad.active(now.UnixNano()) {
			s.Ejected = a.bad.ends
		}
		out = append(out, s)
	}
	return slices.Clip(out), o.complaint
}
