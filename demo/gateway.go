package demo

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
)

// statusPath is what gateways are probed at.
const statusPath = "/status-0123456789abcdef"

// gateway is the HTTP gateway of a location. It can be stopped and started.
type gateway struct {
	address   string // host:port
	handler   http.Handler
	transport *http.Transport

	mu  sync.Mutex
	web *web // nil while stopped
}

// newGateway makes a gateway that answers the status paths itself and passes
// everything else on to the backend.
func newGateway(p place, port int, backend string) *gateway {
	target := &url.URL{Scheme: "http", Host: backend}
	g := &gateway{address: hostPort(p.Addr, port), transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	mux := http.NewServeMux()
	alive := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive\n") }
	mux.HandleFunc("GET "+statusPath, alive)
	mux.HandleFunc("GET /status", alive)
	mux.Handle("/", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
		},
		Transport: g.transport,
		ErrorLog:  log.New(io.Discard, "", 0), // a cut connection is what the demo is about
	})
	g.handler = mux
	return g
}

// start binds the gateway. It reports false where it runs already.
func (g *gateway) start() (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.web != nil {
		return false, nil
	}
	l, err := net.Listen("tcp", g.address)
	if err != nil {
		return false, fmt.Errorf("starting gateway: %w", err)
	}
	g.web = serveWeb(l, g.handler)
	return true, nil
}

// stop closes the listener and cuts all connections. It reports false where
// the gateway is stopped already.
func (g *gateway) stop() (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.web == nil {
		return false, nil
	}
	err := g.web.cut()
	g.web = nil
	g.transport.CloseIdleConnections()
	return true, err
}
