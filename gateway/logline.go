package gateway

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what clients wrote, in a line of the access log.
const (
	maxLogPath = 1024
	maxLogWord = 255
	maxLine    = 12 << 10 // every byte escaped
)

// logAccess logs an exchange that has ended.
func (x *exchange) logAccess(ended time.Time, took time.Duration) {
	l := x.g.access
	if l == nil || x.outcome == OutcomeStatus {
		return
	}
	s := &l.calm
	if x.w.status >= http.StatusInternalServerError {
		s = &l.alarm
	}
	if factor := s.pick(ended); factor > 0 {
		l.add(func(b []byte) []byte { return x.appendLine(b, ended, took, factor) })
	}
}

// appendLine writes an exchange as a line of JSON. Fields that say nothing are
// left out. A query is never logged: secrets are in them.
func (x *exchange) appendLine(b []byte, ended time.Time, took time.Duration, factor uint64) []byte {
	w := line{append(b, `{"time":"`...)}
	w.b = append(ended.UTC().AppendFormat(w.b, "2006-01-02T15:04:05.000Z"), '"')
	w.text("request_id", x.arrival.ID, maxLogWord)
	w.text("trace_id", x.traceID, maxLogWord)
	w.text("location", x.g.o.Location, maxLogWord)
	w.text("outcome", string(x.outcome), maxLogWord)
	w.number("status", int64(x.w.status))
	x.appendRequest(&w)
	x.appendServed(&w)
	w.number("bytes_in", x.body.size())
	w.number("bytes_out", x.w.sent)
	w.millis("total_ms", took)
	w.flag("late", x.route.Late)
	w.flag("tunnel", x.w.tunnel)
	w.flag("aborted", (x.broken || x.w.failed) && x.gone())
	if factor > 1 {
		w.number("sampled", int64(factor)) //nolint:gosec // a number of requests in a second
	}
	return append(w.b, '}', '\n')
}

func (x *exchange) appendRequest(w *line) {
	w.text("client", x.arrival.Client.Addr().String(), maxLogWord)
	w.text("method", x.in.Method, maxLogWord)
	w.text("scheme", x.arrival.Scheme, maxLogWord)
	w.text("host", x.in.Host, maxLogWord)
	w.text("path", pathOf(x.in), maxLogPath)
	w.text("protocol", x.in.Proto, maxLogWord)
}

// appendServed writes what served it.
func (x *exchange) appendServed(w *line) {
	s := &x.served
	w.text("api", s.API, maxLogWord)
	w.text("operation", s.Operation, maxLogWord)
	w.text("backend", s.Backend, maxLogWord)
	if s.Address != (netip.AddrPort{}) {
		w.text("address", s.Address.String(), maxLogWord)
	}
	if s.Attempts > 0 {
		w.number("attempts", int64(s.Attempts))
	}
	w.text("breaker", s.Breaker, maxLogWord)
	if s.BackendTime > 0 {
		w.millis("backend_ms", s.BackendTime)
	}
	reason := string(x.reason)
	if reason == "" {
		reason = s.Reason
	}
	w.text("reason", reason, maxLogWord)
	w.text("relayed_from", x.arrival.From, maxLogWord)
	w.text("relayed_via", x.arrival.Via, maxLogWord)
	if x.outcome == OutcomeRelayed {
		w.text("relayed_to", string(x.route.Location), maxLogWord)
	}
}

// pathOf is the path as the client sent it.
func pathOf(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		return path
	}
	return r.URL.EscapedPath()
}

// line is a JSON object being written.
type line struct{ b []byte }

func (l *line) key(name string) {
	l.b = append(l.b, ',', '"')
	l.b = append(append(l.b, name...), '"', ':')
}

// text writes a string, cut to so many bytes; nothing where it is empty.
func (l *line) text(name, value string, most int) {
	if value == "" {
		return
	}
	l.key(name)
	l.b = appendString(l.b, value[:min(len(value), most)])
}

func (l *line) number(name string, n int64) {
	l.key(name)
	l.b = strconv.AppendInt(l.b, n, 10)
}

func (l *line) millis(name string, d time.Duration) {
	l.key(name)
	l.b = strconv.AppendFloat(l.b, float64(d.Microseconds())/1000, 'f', 3, 64)
}

func (l *line) flag(name string, set bool) {
	if set {
		l.key(name)
		l.b = append(l.b, "true"...)
	}
}

// appendString writes a JSON string (RFC 8259 §7): control characters are
// escaped, what is no UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xf])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
