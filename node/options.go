package node

import (
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/configs"
	"meridian/geo"
)

// Options is what a Node is made of.
type Options struct {
	Config   *configs.Node        // required
	Version  string               // of the program
	Logger   *slog.Logger         // nil: silent
	Registry *prometheus.Registry // what /metrics shows; nil: a new one

	// Notify tells a supervisor how the node fares, in the words of
	// sd_notify(3): "READY=1". Nil: nobody listens.
	Notify func(state string)

	atlas func(geo.Options) (atlas, error) // where clients are; nil: openAtlas
}

func (o *Options) validate() error {
	if o.Config == nil {
		return errors.New("node: no configuration given")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	if o.atlas == nil {
		o.atlas = openAtlas
	}
	return nil
}

// Names of what the node keeps on disk, and how often it keeps verdicts.
const (
	planBlob     = "plan"
	healthBlob   = "health"
	cookieBlob   = "cookie"
	addressBlob  = "addresses"
	identityBlob = "identity"
	healthEvery  = 15 * time.Second
)
