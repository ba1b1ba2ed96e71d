package backend_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// TestSilences: a backend is silent when at least two attempts and all of 10 s
// had no answer; an answer of any status, five minutes without a request, or a
// change of its URL ends it. What clients cancel is no news.
func TestSilences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, nil, "a", "b")
		b := start(t, f.options())
		s := build(t, b, f.config)
		a := find(t, s, "a")
		dead := fails(errors.New("refused"))
		silences := func() []backend.Silence { return s.Silences(time.Now()) }
		step := func(what string, after time.Duration, do func(*http.Request) (*http.Response, error), want int) {
			t.Helper()
			time.Sleep(after)
			if do != nil {
				f.answers["192.0.2.1"] = do
				_, _ = ask(t, a, &backend.Call{})
			}
			got := silences()
			if want == 0 && len(got) != 0 || want > 0 && (len(got) != 1 || got[0].Backend != "a" || got[0].Attempts != want) {
				t.Errorf("%s: got %+v, want %d attempts", what, got, want)
			}
		}
		step("well", 0, status(200), 0)
		begun := time.Now()
		step("one", 0, dead, 0)
		step("one, long ago", time.Minute, nil, 0)
		step("two", 0, dead, 2)
		if got := silences()[0]; !got.Since.Equal(begun) || !got.Last.Equal(time.Now()) || got.Reason != breaker.ServerErrors || got.Detail != "refused" {
			t.Errorf("got %+v", got)
		}
		step("a 500 is an answer", 0, status(500), 0)
		step("again", 0, dead, 0)
		step("all of 9 s", 9*time.Second, dead, 0)
		step("all of 10 s", time.Second, dead, 3)
		step("cancelled", 0, fails(context.Canceled), 4) // the backend's doing: the client is still there
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = send(a, get(t, "/").WithContext(gone), &backend.Call{})
		step("a client that went away", 0, nil, 4)
		step("before five minutes", 5*time.Minute-1, nil, 4)
		step("five minutes", 1, nil, 0)
		step("asked again, a row of its own", 0, dead, 0)
		step("it goes on", 10*time.Second, dead, 2)
		f.config.Backends[0].URL = at(t, "http://192.0.2.1/elsewhere")
		s = build(t, b, f.config)
		step("another URL", 0, nil, 0)
	})
}
