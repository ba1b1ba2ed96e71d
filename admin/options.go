package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/admin/api"
)

// Options is what a Server needs. Listen, Socket or both must be given.
//
// Authentication is in force over TCP where it is required, where client CAs
// are given, where the address is beyond loopback, and as soon as a token
// exists. Else a caller over loopback is an admin, as is root and the process's
// own user over the socket, always.
type Options struct {
	Listen        string        // host:port; beyond loopback only with TLS, and with tokens or client CAs; port 0 picks one
	Socket        string        // path of a unix socket; made with mode 0600
	TLS           TLS           // of Listen; the zero value: none
	Authenticator Authenticator // nil: there are no tokens
	RequireAuth   bool          // over loopback too, before there is a token
	Audit         *AuditLog     // nil: none is kept; the caller closes it, after Shutdown
	Sources       Sources
	Gatherer      prometheus.Gatherer   // what /metrics shows; nil: nothing
	Registerer    prometheus.Registerer // for the server's own metrics; nil: none
	Logger        *slog.Logger          // nil: silent
	Limits        Limits
}

// TLS names files in PEM form, which are read again when they change.
type TLS struct {
	Certificate string // chain, the server's own first
	Key         string
	ClientCAs   string              // who may sign client certificates; "": none are asked for
	ClientRoles map[string]api.Role // by the subject's common name; others are nobody
}

func (t TLS) validate() error {
	switch {
	case (t.Certificate == "") != (t.Key == ""):
		return fmt.Errorf("admin TLS certificate %q and key %q: want both or none", t.Certificate, t.Key)
	case t.ClientCAs != "" && t.Certificate == "":
		return fmt.Errorf("admin client CAs %q: want a TLS certificate and key too", t.ClientCAs)
	case len(t.ClientRoles) > 0 && t.ClientCAs == "":
		return errors.New("admin client roles: want client CAs too")
	}
	for name, role := range t.ClientRoles {
		if _, err := api.ParseRole(string(role)); err != nil || name == "" {
			return fmt.Errorf("admin client role of %q: %q: want viewer, operator or admin", name, role)
		}
	}
	return nil
}

func (o Options) validate() error {
	if o.Listen == "" && o.Socket == "" {
		return errors.New("admin: neither listen address nor socket given")
	}
	if o.Sources.Status == nil || o.Sources.Readiness == nil {
		return errors.New("admin: sources Status and Readiness are required")
	}
	if o.RequireAuth && o.Listen != "" && o.Authenticator == nil && o.TLS.ClientCAs == "" {
		return errors.New("admin: authentication is required, and there are neither tokens nor client CAs")
	}
	return errors.Join(o.TLS.validate(), o.Limits.validate())
}

// beyondLoopback returns what an address beyond loopback lacks, or nil.
func (o Options) beyondLoopback() error {
	var missing []string
	if o.TLS.Certificate == "" {
		missing = append(missing, "a TLS certificate and key")
	}
	if o.Authenticator == nil && o.TLS.ClientCAs == "" {
		missing = append(missing, "authentication (tokens or client CAs)")
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("admin listen address %q: without %s only loopback (127.0.0.1, [::1], localhost) and unix sockets are served; use an SSH tunnel to reach them from elsewhere",
		o.Listen, strings.Join(missing, " and "))
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
