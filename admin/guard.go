package admin

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"time"

	"meridian/admin/api"
)

// guard is everything a request passes before the mux.
type guard struct {
	limits  Limits
	metrics *metrics
	log     *slog.Logger
	slots   chan struct{} // one for each request handled at once
}

// wrap puts the guard around the mux, outermost step first.
func (g *guard) wrap(mux http.Handler) http.Handler {
	steps := []func(http.Handler) http.Handler{
		g.recoverPanic,
		g.metrics.instrument,
		g.headers,
		g.checkHost,
		g.checkPath,
		g.checkOrigin,
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

// checkHost refuses requests over TCP whose Host is not a loopback name: a web
// page that had its own name resolve to loopback (DNS rebinding) comes with
// that name.
func (g *guard) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if overTCP(r) && !isLoopback(hostOnly(r.Host)) {
			g.refuse(w, api.Misdirected, fmt.Sprintf("host %q: want a loopback address or localhost", shown(r.Host)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func overTCP(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return !ok || addr.Network() != "unix"
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
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		g.refuse(w, api.Forbidden, "cross-origin request refused")
	}))
	return protection.Handler(next)
}

// limitRequests bounds the requests handled at once, those of monitors apart.
func (g *guard) limitRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
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
