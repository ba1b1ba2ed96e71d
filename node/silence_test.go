package node

import (
	"encoding/json"
	"math"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"meridian/admin/api"
)

// TestSilenceIsTold: of a backend without a breaker that refuses every request of
// 10 s the other nodes hear what a request heard, and name it until it answers.
func TestSilenceIsTold(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	service := ownGateways + `
backends: [{name: Lone, url: "http://` + addr + `"}]
apis: [{name: lone, path: /page, backend: Lone}]
`
	list := withGateways(threeRegions())
	for _, r := range list {
		r.edit = func(o *Options) {
			o.Config.Gateway.AllowedBackends = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		}
	}
	c := startRegions(t, service, list)
	c.inReach(t)
	eu, jp := c.list[1], c.list[2]
	out := func(m *member) string {
		return problem(must[api.Status](t)(statusAPI{m.Node}.Status(t.Context())), "backends_out")
	}
	for range 2 {
		jp.visit(t, "contoso.gtm.test")
	}
	if got := out(jp); got != "" {
		t.Errorf("at once: got %q", got)
	}
	later := time.Now().Add(10 * time.Second)
	if got := jp.silences(later); len(got["jp-1"]) != 1 || len(got["us-1"])+len(got["eu-1"]) != 0 {
		t.Errorf("10 s later: got %+v, want one at jp-1", got)
	}
	jp.reporting.Lock() // the next word is ours
	unlock := sync.OnceFunc(jp.reporting.Unlock)
	t.Cleanup(unlock)
	r := jp.report()
	r.Silent = jp.silent(later)
	jp.spread(kindReport, string(jp.replicas.id()), r)
	wait(t, "the word of jp-1", func() bool { return out(eu) != "" })
	want := "backend Lone answers no request at jp-1 (japaneast): Lone has answered none of 2 attempts since "
	if got := out(eu); !strings.HasPrefix(got, want) || !strings.Contains(got, ", last asked 1") || !strings.HasSuffix(got, "connection refused") || strings.Count(got, "connecting") != 1 {
		t.Errorf("eu-1 says %q", got)
	}
	unlock()
	alive := at(t, addr, "alive", 200)
	t.Cleanup(alive.Close)
	jp.visit(t, "contoso.gtm.test")
	if got := jp.silent(later); got != nil {
		t.Errorf("after an answer: got %+v", got)
	}
	wait(t, "the all clear", func() bool { return out(eu) == "" })
}

// TestSilencesOfOthers: what another node wrote is taken for spans that can be,
// and grows old with its report.
func TestSilencesOfOthers(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	var r report
	text := `{"silent":[{"backend":"B","sinceMs":60000,"lastMs":1000,"attempts":3,"why":"x"},{"backend":"past","sinceMs":-9,"lastMs":9000000000000000000},{"backend":"swapped","sinceMs":1,"lastMs":2}]}`
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	for len(r.Silent) < 5*maxSilences {
		r.Silent = append(r.Silent, silence{Backend: strings.Repeat("x", len(r.Silent)), SinceMs: math.MaxInt64})
	}
	h := heardReport{r, now.Add(-3 * time.Second)}
	got := h.silences(now)
	if b := got["b"]; b.SinceMs != 63_000 || b.LastMs != 4000 || !b.since(now).Equal(now.Add(-63*time.Second)) {
		t.Errorf("got %+v, want it 3 s older", b)
	}
	if s := got["past"]; s.LastMs != maxSilenceTime.Milliseconds() || s.SinceMs != s.LastMs || s.since(now).Year() != 2022 {
		t.Errorf("got %+v, want a year at most, and nothing later than its begin", s)
	}
	if len(got) > maxSilences {
		t.Errorf("got %d, want at most %d", len(got), maxSilences)
	}
}
