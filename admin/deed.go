package admin

import "context"

// deed is what the handler of a mutating operation knows of what it does, for
// the audit log: whoever writes that puts an empty one into the context first.
// It belongs to the request's goroutine.
type deed struct {
	target string // object, such as location/westus2
	reason string
	bypass []string
	dryRun bool
	change string // id of the change; empty: refused, or nothing had to change
}

// deedKey is the context's key of the deed.
type deedKey struct{}

// withDeed returns a context in which handlers note what they do in d.
func withDeed(ctx context.Context, d *deed) context.Context {
	return context.WithValue(ctx, deedKey{}, d)
}

// deedOf returns the request's deed; one that nobody reads where there is none.
func deedOf(ctx context.Context) *deed {
	if d, ok := ctx.Value(deedKey{}).(*deed); ok {
		return d
	}
	return &deed{}
}
