package gateway

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStripHops: what is of one connection stays behind, what Connection names
// too, but nothing that says who asks.
func TestStripHops(t *testing.T) {
	h := http.Header{
		"Connection": {"close, X-Secret,, authorization ", "X-Forwarded-For, Via, traceparent, content-length, Meridian-Relay"},
		"X-Secret":   {"1"}, "Authorization": {"a"}, "Keep-Alive": {"5"}, "Te": {"gzip;q=0.5, Trailers"}, "Transfer-Encoding": {"chunked"}, "Upgrade": {"h2c"},
		"Http2-Settings": {"AA"}, "Proxy": {"http://evil"}, "Proxy-Authorization": {"a"}, "Proxy-Connection": {"close"}, "Host": {"y"}, "Trailer": {"X"},
		"X-Forwarded-For": {"192.0.2.1"}, "Via": {"1.1 a"}, "Traceparent": {"x"}, "Content-Length": {"3"}, "Meridian-Relay": {"x"}, "Accept": {"*/*"},
	}
	stripHops(h)
	want := http.Header{
		"X-Forwarded-For": {"192.0.2.1"}, "Via": {"1.1 a"}, "Traceparent": {"x"}, "Content-Length": {"3"}, "Meridian-Relay": {"x"}, "Accept": {"*/*"}, "Te": {"trailers"},
	}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzStripHops: whatever Connection names, the fields that say who asks stay,
// and no field of one connection does.
func FuzzStripHops(f *testing.F) {
	f.Add("close, x-forwarded-for, Via", "x-secret")
	f.Add("\x00,,;=, Meridian-relay", "meridian-relay")
	f.Fuzz(func(t *testing.T, connection, name string) {
		kept := []string{"X-Forwarded-For", "Forwarded", "Via", "X-Request-Id", "Traceparent", "Tracestate", "Meridian-Relay", "Content-Length"}
		h := http.Header{"Connection": {connection}, "Transfer-Encoding": {"chunked"}, "Te": {connection}}
		h.Set(name, "1")
		for _, k := range kept {
			h[k] = []string{"1"}
		}
		to := http.Header{}
		copyEndToEnd(to, h)
		stripHops(h)
		for _, k := range kept {
			if h[k] == nil || to[k] == nil {
				t.Errorf("%q takes off %s", connection, k)
			}
		}
		for name, values := range h {
			if hopByHop(name) && (name != "Te" || values[0] != "trailers") {
				t.Errorf("%s is left", name)
			}
		}
		for name := range to {
			if hopByHop(name) {
				t.Errorf("%s reaches the client", name)
			}
		}
	})
}
