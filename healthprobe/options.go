package healthprobe

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/routing"
)

// Limits and defaults of a Monitor.
const (
	MaxConcurrency     = 8192
	defaultConcurrency = 512

	// notifyEvery is the mean time between two reports in a storm of changes,
	// notifyBurst how many may go before it counts.
	notifyEvery = 500 * time.Millisecond
	notifyBurst = 2
)

// Options configures a Monitor.
type Options struct {
	Node     string               // this node's name; seeds the schedule's phases
	Location routing.LocationName // this node's location
	Boot     uint64               // greater at every start; 0: the time of New in nanoseconds

	Prober     Prober   // nil: a NetProber with Resolver
	Resolver   Resolver // for the nil Prober and the nil Asker
	Asker      Asker    // nil: a NetAsker with Resolver
	References []string // "host:port"; none: this node never abstains

	Concurrency int // probes at once, 1 .. 8192; 0 means 512

	// Notify is called after changes of verdicts, of the anchor and of
	// abstention, by one goroutine, in a storm at most twice a second, in order. It may
	// call the Monitor, but not Shutdown.
	Notify func(Report)

	Logger     *slog.Logger          // nil: none
	Registerer prometheus.Registerer // nil: none
}

// Report is what a Monitor tells its owner.
type Report struct {
	Row     Row
	Changes []Transition // since the last report, in order
}

func (o *Options) validate() error {
	var errs []error
	if o.Node == "" || o.Location == "" {
		errs = append(errs, fmt.Errorf("node %q in location %q: want both", o.Node, o.Location))
	}
	if len(o.References) > MaxReferences {
		errs = append(errs, fmt.Errorf("%d references: want at most %d", len(o.References), MaxReferences))
	}
	for _, r := range o.References {
		errs = append(errs, ValidateReference(r))
	}
	errs = append(errs, between("concurrency", o.Concurrency, 0, MaxConcurrency))
	return errors.Join(errs...)
}

// orDefaults fills in what was left out.
func (o Options) orDefaults() Options {
	o.Boot = cmp.Or(o.Boot, uint64(time.Now().UnixNano()))
	o.Concurrency = cmp.Or(o.Concurrency, defaultConcurrency)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Prober == nil {
		o.Prober = NewNetProber(ProberOptions{Resolver: o.Resolver})
	}
	if o.Asker == nil {
		o.Asker = NetAsker{Resolver: o.Resolver}
	}
	if o.Notify == nil {
		o.Notify = func(Report) {}
	}
	return o
}
