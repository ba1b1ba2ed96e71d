package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"meridian/admin/api"
)

// guard is everything a request passes before the mux.
type guard struct {
	limits  Limits
	metrics *metrics
	log     *slog.Logger
	slots   chan struct{} // one for each request handled at once
	gate    *gate
	trail   *trail
	rates   *rates // of changing requests, by principal and by source
}

// wrap puts the guard around the mux, outermost step first.
func (g *guard) wrap(mux http.Handler) http.Handler {
	steps := []func(http.Handler) http.Handler{
		g.trail.record,
		g.recoverPanic,
		g.metrics.instrument,
		g.headers,
		g.identify,
		g.checkHost,
		g.checkPath,
		g.checkOrigin,
		g.admit,
		g.limitChanges,
		g.limitRequests,
		g.limitBody,
	}
	h := mux
	for i := len(steps) - 1; i >= 0; i-- {
		h = steps[i](h)
	}
	return h
}

// recoverPanic answers Internal and counts, so that no request ends the process.
func (g *guard) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if r.Context().Err() != nil {
				panic(http.ErrAbortHandler) // the caller left while the answer was written
			}
			g.metrics.panics.Inc()
			g.log.Error("admin request panicked", "panic", fmt.Sprint(p), "route", r.Pattern, "stack", string(debug.Stack()))
			writeFault(w, api.Internal, "internal error; the log of this node has the details")
		}()
		next.ServeHTTP(w, r)
	})
}

// headers sets what every answer carries.
func (g *guard) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// identify finds out who asks. Credentials that are wrong are refused, but for
// what anybody may ask: a monitor's old token is no reason to call a node dead.
func (g *guard) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if monitors(r) {
			next.ServeHTTP(w, r)
			return
		}
		p, err := g.gate.identify(r)
		if err != nil {
			g.deny(w, r, err)
			return
		}
		visitOf(r.Context()).principal = p
		next.ServeHTTP(w, r)
	})
}

// deny answers a caller who could not be identified, or came too often.
func (g *guard) deny(w http.ResponseWriter, r *http.Request, err error) {
	f := refusalOf(r.Context(), g.log, w, err)
	visitOf(r.Context()).refused = f.Code
	g.refuse(w, f.Code, f.Detail)
}

// refusalOf turns an error of the gate into the answer, and sets the headers
// that go with it.
func refusalOf(ctx context.Context, log *slog.Logger, w http.ResponseWriter, err error) *api.Fault {
	var often *tooMany
	if errors.As(err, &often) {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter(often.wait)))
		return newFault(api.TooMany, often.text)
	}
	f := faultOf(ctx, log, err)
	if f.Code == api.Unauthorized {
		w.Header().Set("WWW-Authenticate", challenge(f.Detail))
	}
	return f
}

// admit refuses callers whom nobody knows, but for what anybody may ask.
func (g *guard) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if visitOf(r.Context()).principal.Role == "" && !monitors(r) && !public(r) {
			g.deny(w, r, api.Errorf(api.Unauthorized, "want a bearer token or a client certificate; or ask over the unix socket"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// monitors reports whether a request is for what monitors ask: anybody may.
func monitors(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

// public reports whether anybody may ask for a path: metrics over loopback, and
// what it takes to log in to the status page.
func public(r *http.Request) bool {
	switch r.URL.Path {
	case "/metrics":
		return !callerOf(r.Context()).beyond
	case "/", loginPath, logoutPath:
		return true
	default:
		return strings.HasPrefix(r.URL.Path, assetsPath)
	}
}

// limitChanges refuses changing requests of a principal, or from an address,
// that come too fast.
func (g *guard) limitChanges(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !changes(r) {
			next.ServeHTTP(w, r)
			return
		}
		keys := []string{"source " + callerOf(r.Context()).source}
		if name := visitOf(r.Context()).principal.Name; name != "" {
			keys = append(keys, "principal "+name)
		}
		for _, key := range keys {
			if wait, ok := g.rates.take(key); !ok {
				g.deny(w, r, &tooMany{wait: wait, text: fmt.Sprintf("more than %d changes a second: %s", g.limits.Changes, key)})
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// checkHost refuses requests over loopback whose Host is not a loopback name,
// where nobody had to show who asks: a web page that had its own name resolve
// to loopback (DNS rebinding) comes with that name. It has no token.
func (g *guard) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, p := callerOf(r.Context()), visitOf(r.Context()).principal
		trusting := !c.socket && !c.beyond && (p.Role == "" || p.Name == loopbackName)
		if trusting && !isLoopback(hostOnly(r.Host)) {
			visitOf(r.Context()).refused = api.Misdirected
			g.refuse(w, api.Misdirected, fmt.Sprintf("host %q: want a loopback address or localhost", shown(r.Host)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOnly returns a Host header without its port.
func hostOnly(host string) string {
	return (&url.URL{Host: host}).Hostname()
}

// checkPath refuses relative paths, and those with empty, "." or ".." elements, written out or
// percent-encoded.
func (g *guard) checkPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !path.IsAbs(r.URL.Path) || path.Clean(r.URL.Path) != r.URL.Path {
			g.refuse(w, api.NotFound, fmt.Sprintf("path %q: no such path", shown(r.URL.Path)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkOrigin refuses changing requests that a browser makes for another site.
func (g *guard) checkOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitOf(r.Context()).refused = api.Forbidden
		g.refuse(w, api.Forbidden, "cross-origin request refused")
	}))
	return protection.Handler(next)
}

// limitRequests bounds the requests handled at once, those of monitors apart.
func (g *guard) limitRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if monitors(r) {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case g.slots <- struct{}{}:
			defer func() { <-g.slots }()
			next.ServeHTTP(w, r)
		default:
			g.refuse(w, api.Busy, fmt.Sprintf("%d requests are being handled, no more are taken now", cap(g.slots)))
		}
	})
}

// limitBody refuses bodies above the limit before they are read. A connection
// whose body may be left unread is closed, so that nobody waits for the rest.
// Without a body the deadline for reading ends here: it would cancel handlers
// that take longer.
func (g *guard) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close")
		} else if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
			g.log.Debug("admin read deadline not cleared", "error", err)
		}
		most := g.limits.bodyOf(r)
		if r.ContentLength > most {
			g.refuse(w, api.TooLarge, fmt.Sprintf("body of %d bytes: want at most %d", r.ContentLength, most))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

func (g *guard) refuse(w http.ResponseWriter, kind api.Kind, detail string) {
	g.metrics.refused.WithLabelValues(string(kind)).Inc()
	writeFault(w, kind, detail)
}
