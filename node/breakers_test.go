package node

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/gateway/breaker"
)

// openAt lists what a node knows of breakers that are not closed, as backend,
// state and node, and the news of one node.
func (r *member) openAt(t *testing.T, of string) (open string, news api.BreakerNews) {
	t.Helper()
	all := must[api.Breakers](t)(backendsAPI{r.Node}.Breakers(t.Context()))
	var words []string
	for _, b := range all.Breakers {
		words = append(words, fmt.Sprintf("%s/%s/%s/%v", b.Backend, b.Breaker.State, b.Node, b.Disabled))
	}
	for _, n := range all.Nodes {
		if n.Node == of {
			news = n
		}
	}
	return strings.Join(words, " "), news
}

// TestBreakersAreTold: a breaker that opens at one gateway is known at all
// within a second, with cause and last error, and is one event, at the gateway
// where it opened. What a gateway told last stays when it says nothing more, and
// grows old; what an operator says is told as well.
func TestBreakersAreTold(t *testing.T) {
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(bad.Close)
	service := ownGateways + `
backends:
  - name: bad
    url: "` + bad.URL + `"
    circuitBreaker: {rules: [{name: r, tripDuration: PT10M, failureCondition: {count: 2, interval: PT5M, statusCodeRanges: [{min: 500, max: 599}]}}]}
  - {name: other, url: "` + bad.URL + `"}
apis: [{name: bad, path: /page, backend: bad}]
`
	list := withGateways(threeRegions())
	for _, r := range list {
		r.edit = func(o *Options) {
			o.Config.Gateway.AllowedBackends = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		}
	}
	c := startRegions(t, service, list)
	c.inReach(t)
	us, eu, jp := c.list[0], c.list[1], c.list[2]
	for _, r := range c.list {
		if open, news := r.openAt(t, "jp-1"); open != "" || news.Location != "japaneast" {
			t.Errorf("%s: got %q, %+v, want nothing open and news of jp-1", r.name, open, news)
		}
	}
	known := func(want string) {
		t.Helper()
		for _, r := range []*member{us, eu} {
			wait(t, "open at "+r.name+": "+want, func() bool {
				open, _ := r.openAt(t, "jp-1")
				return open == want
			})
		}
	}
	promptly(t, "the others knew", func() time.Duration {
		fails(t, jp)
		start := time.Now()
		fails(t, jp)
		known("bad/open/jp-1/false")
		return time.Since(start)
	}, func() {
		reset := []api.Switch{{Object: "backend/bad", Property: "breaker", Text: "closed", For: 2 * time.Second}}
		must[api.Change](t)(switching{us.Node}.Switch(t.Context(), reset, asked()))
		known("")
	})
	all := must[api.Breakers](t)(backendsAPI{us.Node}.Breakers(t.Context()))
	if b := all.Breakers[0].Breaker; b.Cause != "2 failures in 5m0s" || b.LastError == nil || b.LastError.Status != 503 || b.Until == nil || b.Since == nil {
		t.Errorf("got %+v %+v, want cause, last error and times", b, b.LastError)
	}
	if !told(jp.Node, "breaker_open", "bad") || told(us.Node, "breaker_open", "bad") || told(eu.Node, "breaker_open", "bad") {
		t.Errorf("events: got %v, %v and %v, want one, at jp-1", kinds(jp.Node), kinds(us.Node), kinds(eu.Node))
	}
	must[api.Change](t)(switching{us.Node}.Switch(t.Context(), []api.Switch{{Object: "backend/other", Property: "backendStatus", Text: textDisabled}}, asked()))
	wait(t, "what the operator said", func() bool {
		open, _ := eu.openAt(t, "jp-1")
		return open == "bad/open/jp-1/false other/closed/jp-1/true other/closed/eu-1/true other/closed/us-1/true"
	})
	jp.reporting.Lock() // it says nothing any more
	t.Cleanup(jp.reporting.Unlock)
	wait(t, "the news of jp-1 to grow old", func() bool {
		open, news := us.openAt(t, "jp-1")
		if !strings.Contains(open, "bad/open/jp-1/false") || news.At == nil {
			t.Fatalf("got %q, %+v after jp-1 fell silent, want what it said last", open, news)
		}
		return news.AgeSeconds > 1.5
	})
}

// fails asks a region's gateway for what its backend does not do.
func fails(t *testing.T, r *member) {
	t.Helper()
	if status, body, header := r.visit(t, "contoso.gtm.test"); status != http.StatusServiceUnavailable || header.Get("Meridian-Reason") != "" {
		t.Fatalf("got %d %q %v, want the backend's 503", status, body, header)
	}
}

// TestBreakerNews: what is said of a report by its age and by what is in it.
func TestBreakerNews(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	row := breaker.EncodeRow([]breaker.Entry{{Backend: "b", Status: breaker.Status{State: breaker.HalfOpen, Since: now.Add(-time.Minute)}}}, breaker.MaxRow, now)
	for _, tt := range []struct {
		name    string
		report  []byte
		age     time.Duration
		shown   int
		problem string
	}{
		{"fresh", row, time.Second, 1, ""},
		{"old", row, contactTime, 1, "cannot be heard"},
		{"nothing", nil, 0, 0, "told nothing"},
		{"of another version", []byte{9}, 0, 0, "unknown format"},
	} {
		h := heardReport{report{Breakers: tt.report}, now.Add(-tt.age)}
		news, open := h.breakers(now, true)
		if news.Shown != tt.shown || len(open) != tt.shown || !strings.Contains(news.Problem, tt.problem) || (tt.problem == "") != (news.Problem == "") {
			t.Errorf("%s: got %+v and %d, want %d shown, problem %q", tt.name, news, len(open), tt.shown, tt.problem)
		}
		if tt.shown == 1 && (open[0].AgeSeconds != tt.age.Seconds() || !open[0].Breaker.Since.Equal(h.at.Add(-time.Minute))) {
			t.Errorf("%s: got %+v, want an age of %v, and times by our clock", tt.name, open[0], tt.age)
		}
	}
	if news, _ := (&heardReport{}).breakers(now, false); news.At != nil || news.Problem == "" {
		t.Errorf("unknown: got %+v", news)
	}
}
