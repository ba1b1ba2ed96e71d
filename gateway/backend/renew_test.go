package backend_test

import (
	"testing"
	"testing/synctest"
	"time"

	"meridian/gateway/backend"
)

// TestRenew: without any request, addresses change when Renew says so, at once,
// and not by the passing of time.
func TestRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &names{}
		n.set("app.example", nil, "192.0.2.1")
		f := newFarm(t, nil)
		f.answers["192.0.2.1"], f.answers["192.0.2.2"] = status(200), status(200)
		f.config.Backends = []backend.Backend{single(t, "a", "http://app.example", nil)}
		o := f.options()
		o.Names = n
		b := start(t, o)
		target := find(t, build(t, b, f.config), "a")
		at := func() string {
			synctest.Wait()
			list := target.Explain(time.Now()).Members[0].Status.Addresses
			if len(list) != 1 {
				return ""
			}
			return list[0].Addr.Addr().String()
		}
		time.Sleep(sweeps)
		if got := at(); got != "192.0.2.1" {
			t.Fatalf("got %q, want the first address", got)
		}
		n.set("app.example", nil, "192.0.2.2")
		time.Sleep(sweeps)
		if got := at(); got != "192.0.2.1" {
			t.Errorf("got %q after %v, want what was told", got, sweeps)
		}
		b.Renew()
		if got := at(); got != "192.0.2.2" {
			t.Errorf("got %q right after Renew, want the new address", got)
		}
	})
}

// sweeps is longer than anything that is done by time takes to come round.
const sweeps = 10 * time.Second
