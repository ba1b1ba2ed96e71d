package node

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/internal/dnstest"
)

// TestTrustedProxies: what gateway.trustedProxies names is believed who the
// client is, and nobody else. Requests come from 127.0.0.1.
func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s", r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"))
	}))
	t.Cleanup(back.Close)
	plan := head + `
backends: [{name: back, url: "` + back.URL + `"}]
apis: [{name: api, path: /, backend: back}]
`
	for _, test := range []struct{ section, want string }{
		{"", "127.0.0.1 http"},
		{", trustedProxies: [192.0.2.0/24]", "127.0.0.1 http"},
		{", trustedProxies: [192.0.2.0/24, 127.0.0.0/8]", "203.0.113.7, 127.0.0.1 https"},
	} {
		s := startServed(t, newWorld(t, plan), allowLoopback+test.section, nil)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.GatewayAddrs()[0].String()+"/x", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		r.Header.Set("X-Forwarded-Proto", "https")
		resp, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(text) != test.want {
			t.Errorf("%q: the backend is told %q %v, want %q", test.section, text, err, test.want)
		}
	}
}

// TestRespectTTL: names of backends are looked up when their TTL ends where
// gateway.backends.respectTtl says so, and every two minutes where nothing does.
func TestRespectTTL(t *testing.T) {
	t.Parallel()
	old := at(t, "127.0.5.1:0", "old", 200)
	at(t, "127.0.5.2:"+portOf(old), "next", 200)
	var answer atomic.Value
	answer.Store("127.0.5.1")
	fake := newFakeDNS(t, "127.0.0.1:0", true, func(name, rrtype string) dnstest.Answer {
		if rrtype != "A" || !strings.HasPrefix(name, "api.example.net") {
			return dnstest.Answer{}
		}
		return dnstest.Answer{Answer: []string{"api.example.net. 5 IN A " + answer.Load().(string)}}
	})
	plan := head + `
backends: [{name: api, url: "http://api.example.net:` + portOf(old) + `"}]
apis: [{name: api, path: /, backend: api}]
`
	start := func(section string) (*gatewayNode, time.Duration) {
		s := startServed(t, newWorld(t, plan), section, func(o *Options) {
			o.Config.Resolver.Servers = []netip.AddrPort{fake.Addr()}
		})
		s.want(t, "/x", 200, "old")
		known, _ := s.apis.hosts.resolver.Cached("api.example.net.")
		return s, time.Until(known.Expires)
	}
	if _, fresh := start(allowLoopback); fresh < time.Minute || fresh > 2*time.Minute {
		t.Errorf("without respectTtl: looked up again in %v, want two minutes", fresh)
	}
	s, fresh := start(", backends: {allow: [127.0.0.0/8], respectTtl: true}")
	if fresh > 5*time.Second {
		t.Errorf("with respectTtl: looked up again in %v, want the 5 s of the TTL", fresh)
	}
	answer.Store("127.0.5.2")
	wait(t, "the backend's next address", func() bool {
		status, text, _, err := s.get("/x")
		return err == nil && status == 200 && strings.HasPrefix(text, "next")
	})
}

// TestServiceOnError: on-error of the service's policies answers what no API
// claims, and an explanation says so.
func TestServiceOnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, head+`
backends: [{name: back, url: "http://192.0.2.1"}]
apis: [{name: api, path: /api, backend: back}]
policies: {file: all.xml}
`)
	w.write(t, "all.xml", `<policies><inbound /><on-error><choose><when condition="@(context.LastError.Reason == "OperationNotFound")">
		<return-response><set-status code="410" reason="Gone" /><set-body>@("nothing at " + context.Request.OriginalUrl.Path)</set-body></return-response>
	</when></choose></on-error></policies>`)
	s := startServed(t, w, allowLoopback, nil)
	s.want(t, "/x", 410, "nothing at /x")
	told, err := requestsAPI{s.Node}.Request(t.Context(), api.RequestQuery{URL: "http://gateway.test/x", Explain: true})
	if err != nil || told.Status != 410 || told.Reason != "no_api" || len(told.Policies) == 0 || told.Policies[0].Section != "on-error" {
		t.Errorf("explained: got %+v %v, want the steps of on-error and 410", told, err)
	}
}
