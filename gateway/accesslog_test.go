package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math/bits"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"meridian/gateway/record"
)

// logged is an access log in memory.
type logged struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// lines returns what was written, line by line.
func (l *logged) lines(t *testing.T) (out []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for sc := bufio.NewScanner(bytes.NewReader(l.all.Bytes())); sc.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			t.Fatalf("%v in %q", err, sc.Text())
		}
		out = append(out, line)
	}
	return out
}

// TestAccessLog: a line says all that is known of a request, of what served it
// too, and nothing of its query.
func TestAccessLog(t *testing.T) {
	var log logged
	p := newRelayPair(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		*record.Of(r.Context()) = record.Record{
			API: "orders", Operation: "get", Backend: "one", Address: netip.MustParseAddrPort("192.0.2.1:80"), Attempts: 2, Breaker: "two is open",
			BackendTime: 1500 * time.Microsecond,
		}
		return mirror{}.RoundTrip(r)
	}), mirror{}, func(off, on *Options) { off.AccessLog, off.Location, on.AccessLog = &log, "west", &log })
	p.route.set(Route{Here: true})
	req, err := http.NewRequest(http.MethodPost, p.url()+"/a%2Fb?secret=1", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "api.contoso.com"
	req.Header.Set("X-Request-Id", "id-1")
	req.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	_, text := do(t, h1(t), req)
	eventually(t, "it is logged", func() bool { return len(log.lines(t)) == 1 })
	want := map[string]any{
		"request_id": "id-1", "trace_id": "0af7651916cd43dd8448eb211c80319c", "location": "west", "outcome": "here", "status": 200.0, "client": "127.0.0.1",
		"method": "POST", "scheme": "http", "host": "api.contoso.com", "path": "/a%2Fb", "protocol": "HTTP/1.1", "api": "orders", "operation": "get", "backend": "one",
		"address": "192.0.2.1:80", "attempts": 2.0, "breaker": "two is open", "backend_ms": 1.5, "bytes_in": 5.0, "bytes_out": float64(len(text)),
	}
	got := log.lines(t)[0]
	if diff := cmp.Diff(want, got, cmpopts.IgnoreMapEntries(func(k string, _ any) bool { return k == "time" || k == "total_ms" })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if at, err := time.Parse(time.RFC3339, got["time"].(string)); err != nil || time.Since(at) > time.Minute {
		t.Errorf("got time %v", got["time"])
	}
	p.route.set(p.away)
	get(t, h1(t), p.url())
	p.route.set(Route{Refuse: true, Reason: ReasonNoMatch})
	get(t, h1(t), p.url())
	get(t, h1(t), p.url()+StatusPath)
	eventually(t, "all are logged", func() bool { return len(log.lines(t)) == 4 })
	outcomes := map[any]map[string]any{}
	for _, line := range log.lines(t) {
		outcomes[line["outcome"]] = line
	}
	if in, out := outcomes["relayed_in"], outcomes["relayed"]; in["relayed_from"] != "off-1" || out["relayed_to"] != "b" || in["request_id"] != out["request_id"] || in["trace_id"] != out["trace_id"] {
		t.Errorf("got %v and %v, want both ends of a relay under one id and trace", in, out)
	}
	if no := outcomes["refused"]; no["reason"] != "no_match" || no["status"] != 503.0 {
		t.Errorf("got %v", no)
	}
	for _, a := range p.off.APIs() {
		if a.API == "orders" && (a.Classes["2xx"] != 1 || a.BytesIn != 5 || a.BytesOut != uint64(len(text)) || a.Location != "west") {
			t.Errorf("got %+v", a)
		}
	}
}

// TestAccessLogBlocks: a writer that takes nothing delays nobody; what it
// misses is counted, and Shutdown does not wait for ever.
func TestAccessLogBlocks(t *testing.T) {
	r, w := io.Pipe()
	g := start(t, Options{Router: routeFunc(here), Local: mirror{}, AccessLog: w, Limits: Limits{LogRate: 1 << 30}})
	client := h1(t)
	for range maxQueued + 200 {
		get(t, client, "http://"+g.Addrs()[0].String())
	}
	if got := g.Counts().LogDropped; got == 0 {
		t.Error("nothing was dropped")
	}
	dropped := g.Counts().LogDropped
	lines := make(chan int)
	go func() {
		n := 0
		for sc := bufio.NewScanner(r); sc.Scan(); {
			n++
		}
		lines <- n
	}()
	if err := g.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	w.Close()
	if n := <-lines; uint64(n)+g.Counts().LogDropped != maxQueued+200 {
		t.Errorf("got %d lines and %d dropped (%d before), want %d in all", n, g.Counts().LogDropped, dropped, maxQueued+200)
	}
}

// TestSampler: lines are few whatever comes, and the factors add up to what
// came.
func TestSampler(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sampler{rate: uint64(rapid.IntRange(1, 200).Draw(t, "rate"))}
		now := time.Unix(1000, 0)
		all, sum := uint64(0), uint64(0)
		for range rapid.IntRange(1, 5).Draw(t, "seconds") {
			n := rapid.IntRange(0, 20_000).Draw(t, "requests")
			lines := uint64(0)
			all += uint64(n)
			for range n {
				if f := s.pick(now); f > 0 {
					lines++
					sum += f
				}
			}
			if lines > s.rate*uint64(bits.Len(uint(n))+1) {
				t.Fatalf("got %d lines of %d requests at rate %d", lines, n, s.rate)
			}
			if uint64(n) <= s.rate && s.factor.Load() == 1 && lines != uint64(n) {
				t.Fatalf("got %d lines of %d requests at rate %d", lines, n, s.rate)
			}
			if sum+s.skipped.Load() != all {
				t.Fatalf("the lines stand for %d of %d requests, %d are open", sum, all, s.skipped.Load())
			}
			now = now.Add(time.Second)
		}
	})
}

// TestSamplerSettles: under a steady load a second has about the rate.
func TestSamplerSettles(t *testing.T) {
	s := sampler{rate: 100}
	for second := range 4 {
		lines := 0
		for range 10_000 {
			if s.pick(time.Unix(int64(1000+second), 0)) > 0 {
				lines++
			}
		}
		if second > 0 && (lines < 50 || lines > 110) {
			t.Errorf("second %d: got %d lines of 10000, want about 100", second, lines)
		}
	}
}

// FuzzLogString: whatever clients write, a line is one line of JSON.
func FuzzLogString(f *testing.F) {
	f.Add("/a\"\\\n\x00\xff\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		line := appendString(nil, s)
		if err := json.Unmarshal(line, &back); err != nil || bytes.ContainsAny(line, "\n\r\x00") {
			t.Fatalf("%v in %q", err, line)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); len(back) < len(want) || strings.ReplaceAll(back, "\ufffd", "") != strings.ReplaceAll(want, "\ufffd", "") {
			t.Fatalf("got %q of %q", back, s)
		}
	})
}

// TestSeriesAreBounded: APIs come and go; what is kept does not grow.
func TestSeriesAreBounded(t *testing.T) {
	var s series
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2 * maxSeries {
				s.of(seriesKey{"west", lengthText(int64(i))}).classes[2].Add(1)
			}
		})
	}
	wg.Wait()
	sum := uint64(0)
	for _, a := range *s.now.Load() {
		sum += a.classes[2].Load()
	}
	if n := len(*s.now.Load()); n > maxSeries+1 || sum != 8*maxSeries {
		t.Errorf("got %d series with %d requests, want at most %d with %d", n, sum, maxSeries+1, 8*maxSeries)
	}
}
