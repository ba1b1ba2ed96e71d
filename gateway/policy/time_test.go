package policy

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// slowHost takes its time for everything.
type slowHost struct {
	forward, count, wait time.Duration
	counts               int
}

func (h *slowHost) Forward(_ context.Context, x *Exchange, _ Forward) error {
	<-time.After(h.forward)
	x.Response = newResponse(&x.Context, http.StatusServiceUnavailable)
	x.Response.HTTP.Body = slowBody{h.forward}
	return nil
}

func (h *slowHost) Count(context.Context, Count) (Verdict, error) {
	<-time.After(h.count)
	h.counts++
	return Verdict{Allowed: true}, nil
}

func (h *slowHost) Wait(context.Context, time.Duration) error {
	<-time.After(h.wait)
	return nil
}

// slowBody is empty, and says so late.
type slowBody struct{ after time.Duration }

func (b slowBody) Read([]byte) (int, error) {
	<-time.After(b.after)
	return 0, io.EOF
}

func (slowBody) Close() error { return nil }

// TestMaxTime: policies that work too long are ended; what waits for others does
// not work.
func TestMaxTime(t *testing.T) {
	const text = `<policies>
  <inbound>
    <set-variable name="b" value="@(context.Request.Body.As<string>())"/>
    <retry condition="true" count="8" interval="9"><rate-limit-by-key calls="9" renewal-period="60" counter-key="k"/></retry>
  </inbound>
  <backend><retry condition="@(context.Response.Body.As<string>() == "")" count="8" interval="9"><forward-request/></retry></backend>
</policies>`
	tree, problems := Read(Document{Name: "p.xml", Text: []byte(text)}, ScopeAPI, Options{})
	if tree == nil {
		t.Fatal(problems)
	}
	for _, test := range []struct {
		host   slowHost
		status int
		counts int
	}{
		{slowHost{forward: time.Hour, wait: time.Hour}, http.StatusServiceUnavailable, 9},
		{slowHost{count: time.Second}, http.StatusServiceUnavailable, 9},
		{slowHost{count: 3 * time.Second, forward: time.Hour}, http.StatusInternalServerError, 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			x, h := exchange("West US"), test.host
			x.Request.HTTP.Body = slowBody{time.Hour}
			if err := Link(tree).Run(t.Context(), x, &h); err != nil {
				t.Fatal(err)
			}
			if x.Response.HTTP.StatusCode != test.status || h.counts != test.counts {
				t.Errorf("%+v: got %d after %d counts, want %d after %d", test.host, x.Response.HTTP.StatusCode, h.counts, test.status, test.counts)
			}
		})
	}
}
