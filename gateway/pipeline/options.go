package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/gateway/backend"
	"meridian/gateway/limit"
)

// Options is what a Pipeline needs.
type Options struct {
	Backends backend.Options                   // of the backends it makes; Logger and Registerer are the Pipeline's
	Limiter  *limit.Limiter                    // counts for rate limits; the caller owns it
	Arrival  func(ctx context.Context) Arrival // what is known of a request beside what is in it; nil: nothing
	Now      func() time.Time                  // nil: time.Now
	Draw     func() uint64                     // of expressions; nil: math/rand/v2

	Logger     *slog.Logger          // nil: silent
	Registerer prometheus.Registerer // nil: none
}

// Arrival is what is known of a request that is not in it.
type Arrival struct {
	ID     string     // of the request, in logs
	Client netip.Addr // who asks
	Scheme string     // "http" or "https", as the client spoke it
	From   string     // the node that relayed it; "": none did
}

func (o Options) validate() error {
	if o.Limiter == nil {
		return errors.New("pipeline: Limiter is required")
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Arrival == nil {
		o.Arrival = func(context.Context) Arrival { return Arrival{} }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Backends.Logger, o.Backends.Registerer = o.Logger, o.Registerer
	return o
}
