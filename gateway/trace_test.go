package gateway

import (
	"net/http"
	"testing"
)

// TestTraceIsRefused: no backend is asked to repeat what it was sent.
func TestTraceIsRefused(t *testing.T) {
	asked := false
	p := newRelayPair(t, mirror{}, backend(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true })), nil)
	for name, client := range map[string]*http.Client{"h1": h1(t), "h2c": h2c(t)} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodTrace, p.url(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, _ := do(t, client, req)
		if res.StatusCode != http.StatusNotImplemented || res.Header.Get("Meridian-Reason") != "trace_refused" || asked {
			t.Errorf("%s: got %d %q, asked %t; want 501 trace_refused, not asked", name, res.StatusCode, res.Header.Get("Meridian-Reason"), asked)
		}
	}
}
