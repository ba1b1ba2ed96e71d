package record

import (
	"context"
	"net/netip"
	"time"
)

// Record is what is known of one request after it has been served. It belongs
// to the goroutine of the request's RoundTrip until that has returned.
type Record struct {
	API         string         // name; "" where none claimed the request
	Operation   string         // name; "" without operations
	Backend     string         // name of the last one asked; "" where none was
	Address     netip.AddrPort // of the last attempt
	Attempts    int            // of all backends
	Breaker     string         // why a breaker let nothing through, or tripped; "" where none had a say
	Reason      string         // of an answer made here, as its Meridian-Reason says; "" otherwise
	BackendTime time.Duration  // to the header of the last attempt's answer
}

// Holder has a Record.
type Holder interface{ Record() *Record }

// key is the context key of a Holder.
type key struct{}

// With returns a context in which Of finds the Record of h.
func With(ctx context.Context, h Holder) context.Context { return context.WithValue(ctx, key{}, h) }

// Of returns the Record of a request, by its context. It is never nil: where
// nobody asked for one it is a new one that nobody reads.
func Of(ctx context.Context) *Record {
	if h, ok := ctx.Value(key{}).(Holder); ok {
		return h.Record()
	}
	return new(Record)
}

// HolderOf returns what With was given; nil without.
func HolderOf(ctx context.Context) Holder {
	h, _ := ctx.Value(key{}).(Holder)
	return h
}
