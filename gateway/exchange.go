package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"time"

	"meridian/gateway/record"
)

// exchange is one request and its answer, with room for what both need: it is
// made at once, and not used again.
type exchange struct {
	g       *Gateway
	in      *http.Request // as the server gave it; its header is r's too
	r       *http.Request // on its way
	w       *answer
	conn    *conn
	body    *body // nil: none
	arrival Arrival
	origin  *origin // of a request that a trusted front end sent; nil: of no other
	trace   string  // a new traceparent; "": it came with one
	traceID string
	route   Route
	start   time.Time
	outcome Outcome
	reason  Reason // of a refusal
	period  *period
	broken  bool // it ended in the middle of its answer
	last    bool // of its connection, whatever follows
	served  record.Record

	early  earlyAnswers
	hooks  httptrace.ClientTrace
	ctx    attention
	said   [sayings]string
	writer answer
	reader body
}

// Record implements record.Holder.
func (x *exchange) Record() *record.Record { return &x.served }

// step takes an exchange on; true: it has been answered.
type step func(*exchange) bool

// steps are the way of every request.
func (g *Gateway) steps() []step {
	return []step{
		(*exchange).aimed,
		(*exchange).status,
		(*exchange).misdirected,
		(*exchange).loop,
		(*exchange).believe,
		(*exchange).identify,
		(*exchange).decide,
		(*exchange).serveHere,
		(*exchange).refuseRoute,
		(*exchange).relay,
	}
}

// handler serves what comes over client listeners or over the relay listener.
func (g *Gateway) handler(relays bool) http.Handler {
	steps := g.steps()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.under.enter()
		defer g.under.leave()
		x := g.newExchange(w, r, relays)
		defer x.ctx.end()
		defer x.end()
		for _, step := range steps {
			if step(x) {
				return
			}
		}
	})
}

func (g *Gateway) newExchange(w http.ResponseWriter, r *http.Request, relayed bool) *exchange {
	c, _ := r.Context().Value(connKey{}).(*conn)
	x := &exchange{g: g, in: r, conn: c, start: time.Now(), outcome: OutcomeRefused}
	c.began(r)
	x.arrival = Arrival{Client: c.client, Scheme: "http", Host: hostOf(r.Host), Relayed: relayed}
	if r.TLS != nil {
		x.arrival.Scheme = "https"
		x.arrival.Cert = certOf(r)
	}
	x.writer = answer{ResponseWriter: w, x: x}
	x.w = &x.writer
	x.hooks.Got1xxResponse = x.informational
	x.ctx.attend(r, httptrace.WithClientTrace(record.With(r.Context(), x), &x.hooks).Value, &c.side)
	x.r = r.WithContext(&x.ctx) // a copy: the server looks at its own body after us
	x.r.RequestURI, x.r.Close = "", false
	if r.Body != nil && r.Body != http.NoBody {
		x.takeBody()
	}
	return x
}

// decide asks the Router.
func (x *exchange) decide() bool {
	if why := record.RefusesMethod(x.r.Method); why != "" {
		return x.refuse(Reason(why))
	}
	if x.r.Method == "PRI" {
		return x.refuse(ReasonBadRequest)
	}
	x.route = x.g.o.Router.Arrive(x.arrival.Host, x.arrival.Client.Addr())
	x.arrival.Direct = x.route.Direct
	if x.route.Late {
		x.period = x.g.account.late.arrived(x.route.OffSince, x.arrival.Client.Addr(), x.start)
	}
	return false
}

func (x *exchange) serveHere() bool {
	if !x.route.Here {
		return false
	}
	x.outcome = OutcomeHere
	x.local()
	return true
}

func (x *exchange) refuseRoute() bool {
	if !x.route.Refuse {
		return false
	}
	reason := x.route.Reason
	if reason == "" {
		reason = ReasonNoMatch
	}
	return x.refuse(reason)
}

func (x *exchange) local() {
	x.toLocal()
	x.pass(passage{next: x.g.o.Local, failure: ReasonLocalFailed, slow: ReasonLocalFailed})
}

// end answers what a panic left open, and counts. It is deferred.
func (x *exchange) end() {
	fault := recover()
	if fault != nil && fault != http.ErrAbortHandler { //nolint:errorlint // recover returns the very value
		x.g.account.panics.Add(1)
		x.g.log.Error("request panicked", "panic", fault, "request_id", x.arrival.ID)
		x.early.stop()
		if x.w.status == 0 {
			x.refuse(ReasonPanic)
			fault = nil
		}
	}
	x.body.finish()
	x.w.finish()
	x.ctx.release()
	x.count(fault != nil)
	if fault != nil {
		panic(http.ErrAbortHandler)
	}
}

// gone reports whether the client went away.
func (x *exchange) gone() bool {
	return x.r.Context().Err() != nil || x.w.failed || x.body.broken()
}

func (x *exchange) rest() *http.ResponseController {
	return http.NewResponseController(x.w.ResponseWriter)
}

// hostOf brings a Host field to the form that the Router knows.
func hostOf(host string) string {
	if strings.IndexByte(host, ':') >= 0 {
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// certOf reads what the client showed.
func certOf(r *http.Request) Cert {
	if len(r.TLS.PeerCertificates) == 0 {
		return Cert{}
	}
	leaf := r.TLS.PeerCertificates[0]
	sum := sha256.Sum256(leaf.Raw)
	subject := leaf.Subject.String()
	return Cert{SHA256: hex.EncodeToString(sum[:]), Subject: strings.ToValidUTF8(subject[:min(len(subject), maxSubject)], "")}
}

// network is what a client is counted under: its /24 or /48.
func network(client netip.Addr) netip.Prefix {
	n := 48
	if client.Is4() {
		n = 24
	}
	p, err := client.Prefix(n)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
