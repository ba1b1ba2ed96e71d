package admin

import (
	"errors"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// Options is what a Server needs. Listen, Socket or both must be given.
type Options struct {
	Listen     string // host:port; the host must be a loopback address or localhost; port 0 picks one
	Socket     string // path of a unix socket; made with mode 0600
	Sources    Sources
	Gatherer   prometheus.Gatherer   // what /metrics shows; nil: nothing
	Registerer prometheus.Registerer // for the server's own metrics; nil: none
	Logger     *slog.Logger          // nil: silent
	Limits     Limits
}

func (o Options) validate() error {
	if o.Listen == "" && o.Socket == "" {
		return errors.New("admin: neither listen address nor socket given")
	}
	if o.Sources.Status == nil || o.Sources.Readiness == nil {
		return errors.New("admin: sources Status and Readiness are required")
	}
	return o.Limits.validate()
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Gatherer == nil {
		o.Gatherer = prometheus.Gatherers{}
	}
	o.Limits = o.Limits.withDefaults()
	return o
}
