package policy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"meridian/gateway/expr"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// read reads a document that must compile.
func read(t testing.TB, s Scope, text string) *Tree {
	t.Helper()
	tree, problems := Read(Document{Name: "p.xml", Text: []byte(text)}, s, Options{})
	if tree == nil {
		t.Fatalf("got %v; want a tree", problems)
	}
	return tree
}

// exchange returns a GET with what a pipeline would set.
func exchange(region string) *Exchange {
	u, _ := url.Parse("http://gateway.example.com/orders/7?a=1")
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}, Body: http.NoBody}
	x := &Exchange{}
	x.Request = &expr.Request{HTTP: req, Client: netip.MustParseAddr("203.0.113.7")}
	x.Deployment.Region = region
	x.RequestID = "id"
	return x
}

// answering returns a host whose backend answers with a status.
func answering(status int) *fakeHost {
	return &fakeHost{forward: func(_ context.Context, x *Exchange, _ Forward) error {
		x.Response = newResponse(&x.Context, status)
		return nil
	}}
}

// TestSeed001 runs the manual's example of regional routing, byte for byte, at
// three gateways.
func TestSeed001(t *testing.T) {
	text, err := os.ReadFile("testdata/seed001.xml")
	if err != nil {
		t.Fatal(err)
	}
	tree, problems := Read(Document{Name: "seed001.xml", Text: text}, ScopeAPI, Options{Region: func(string, bool) bool { return true }})
	if len(problems) > 0 {
		t.Fatalf("got %v; want no problems", problems)
	}
	for region, want := range map[string]string{
		"West US":      "http://contoso-backend-us.com/",
		"west us":      "http://contoso-backend-us.com/",
		"East Asia":    "http://contoso-backend-asia.com/",
		"North Europe": "http://contoso-backend-other.com/",
	} {
		x := exchange(region)
		if err := Link(nil, tree).Run(t.Context(), x, answering(200)); err != nil {
			t.Fatal(err)
		}
		if got := x.Target.URL.String(); got != want {
			t.Errorf("at %s: got %s; want %s", region, got, want)
		}
	}
}

// TestSeed001Region warns where no location has the display name.
func TestSeed001Region(t *testing.T) {
	text, err := os.ReadFile("testdata/seed001.xml")
	if err != nil {
		t.Fatal(err)
	}
	is := func(display string, _ bool) bool { return display == "West US" }
	_, problems := Read(Document{Name: "seed001.xml", Text: text}, ScopeAPI, Options{Region: is})
	if len(problems) != 1 || !problems[0].Warning || problems[0].Line != 8 || !strings.Contains(problems[0].Message, "East Asia") {
		t.Errorf("got %v; want one warning on line 8 about East Asia", problems)
	}
}

func TestLink(t *testing.T) {
	mark := func(name string) string {
		return `<set-header name="X-Order" exists-action="append"><value>` + name + `</value></set-header>`
	}
	around := func(name string) string {
		return "<policies><inbound>" + mark(name+"1") + "<base />" + mark(name+"2") + "</inbound></policies>"
	}
	tests := []struct {
		name  string
		trees []*Tree
		want  string
	}{
		{"nothing", nil, ""},
		{"from the outside in", []*Tree{read(t, ScopeGlobal, around("g")), nil, read(t, ScopeAPI, around("a")), read(t, ScopeOperation, around("o"))}, "o1,a1,g1,g2,a2,o2"},
		{"without base", []*Tree{read(t, ScopeGlobal, around("g")), read(t, ScopeAPI, "<policies><inbound>"+mark("a")+"</inbound></policies>"), read(t, ScopeOperation, around("o"))}, "o1,a,o2"},
		{"no section", []*Tree{read(t, ScopeGlobal, around("g")), read(t, ScopeAPI, "<policies><backend><base /></backend></policies>")}, ""},
		{"a snippet", []*Tree{read(t, ScopeGlobal, around("g")), read(t, ScopeAPI, mark("s"))}, "g1,g2,s"},
		{"a base inside", []*Tree{read(t, ScopeGlobal, around("g")), read(t, ScopeAPI, `<policies><inbound><choose><when condition="true"><base /></when></choose></inbound></policies>`)}, "g1,g2"},
	}
	for _, tt := range tests {
		x := exchange("")
		if err := Link(tt.trees...).Run(t.Context(), x, answering(204)); err != nil {
			t.Fatal(err)
		}
		if got := x.Request.HTTP.Header.Get("X-Order"); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got, tt.want)
		}
		if got := x.Response.HTTP.StatusCode; got != 204 {
			t.Errorf("%s: got status %d; want 204", tt.name, got)
		}
	}
}

func TestPlain(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"<policies><inbound><base /></inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>", true},
		{"<policies><inbound /></policies>", true},
		{"<policies><inbound /><backend><forward-request /></backend></policies>", true},
		{"<inbound />", true},
		{"<policies><inbound /><backend /></policies>", false},
		{`<policies><inbound /><backend><forward-request timeout="3" /></backend></policies>`, false},
		{"<policies><inbound /><backend><forward-request /><forward-request /></backend></policies>", false},
		{"<policies><inbound><base /><set-method>GET</set-method></inbound></policies>", false},
		{"<policies><inbound /><on-error><set-method>GET</set-method></on-error></policies>", false},
		{"<policies><inbound /><outbound><choose><when condition=\"false\" /></choose></outbound></policies>", false},
	}
	outer := read(t, ScopeGlobal, tests[0].text)
	for _, tt := range tests {
		for _, p := range []*Program{Link(read(t, ScopeAPI, tt.text)), Link(outer, read(t, ScopeAPI, tt.text)), Link(read(t, ScopeAPI, tt.text), nil, outer)} {
			if got := p.Plain(); got != tt.want {
				t.Errorf("%s: got %v; want %v", tt.text, got, tt.want)
			}
		}
	}
	if !Link().Plain() || !Link(nil, nil).Plain() {
		t.Error("no documents: got not plain; want plain")
	}
	over := Link(read(t, ScopeGlobal, tests[7].text), read(t, ScopeAPI, tests[1].text))
	if !over.Plain() {
		t.Error("an outer document that is not inherited: got not plain; want plain")
	}
}

// TestPauses: the manual's formulas and its series.
func TestPauses(t *testing.T) {
	const s = time.Second
	middle := func() float64 { return 0.5 }
	tests := []struct {
		name string
		p    pauses
		want []time.Duration
	}{
		{"fixed", pauses{interval: 2 * s}, []time.Duration{2 * s, 2 * s, 2 * s}},
		{"linear", pauses{interval: 2 * s, delta: 3 * s}, []time.Duration{2 * s, 5 * s, 8 * s}},
		{"exponential", pauses{interval: 10 * s, delta: 10 * s, most: 100 * s, exponential: true}, []time.Duration{10 * s, 20 * s, 40 * s, 80 * s, 100 * s, 100 * s}},
		{"fast", pauses{interval: 2 * s, fast: true}, []time.Duration{0, 2 * s, 2 * s}},
		{"cut", pauses{interval: 9 * s, most: 4 * s}, []time.Duration{4 * s, 4 * s}},
	}
	for _, tt := range tests {
		var got []time.Duration
		for i := range tt.want {
			got = append(got, tt.p.before(i, middle))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
	for n := range 60 {
		p := pauses{interval: 86_400 * s, delta: 86_400 * s, most: 86_400 * s, exponential: true}
		if got := p.before(n, middle); got < 0 || got > p.most {
			t.Errorf("pass %d: got %v; want at most %v", n, got, p.most)
		}
	}
}

// TestForward: what a host is told, and the answers to its failures.
func TestForward(t *testing.T) {
	text := `<policies><inbound /><backend><forward-request timeout-ms="1500" http-version="2" follow-redirects="true" buffer-request-body="true" buffer-response="false" /></backend></policies>`
	var got Forward
	h := &fakeHost{forward: func(_ context.Context, x *Exchange, f Forward) error {
		got = f
		return &Failure{Reason: "X", Message: "all breakers are open", Status: 503, RetryAfter: 1500 * time.Millisecond, Header: http.Header{"X-Reason": {"open"}}}
	}}
	x := exchange("")
	if err := Link(read(t, ScopeAPI, text)).Run(t.Context(), x, h); err != nil {
		t.Fatal(err)
	}
	want := Forward{Timeout: 1500 * time.Millisecond, BufferRequest: true, FollowRedirects: true, HTTPVersion: "2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	resp := x.Response.HTTP
	body, _ := shown(resp.Body)
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "2" || resp.Header.Get("X-Reason") != "open" || body != `{"statusCode":503,"message":"Service unavailable","activityId":"id"}` {
		t.Errorf("got %d %v %s; want 503, Retry-After 2 and the reason", resp.StatusCode, resp.Header, body)
	}
	if x.LastError == nil || x.LastError.Message != "all breakers are open" || x.LastError.Source != "forward-request" {
		t.Errorf("got %+v; want the failure", x.LastError)
	}
}

// TestGone: a client that leaves ends the run with its error and no answer.
func TestGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := &fakeHost{forward: func(ctx context.Context, _ *Exchange, _ Forward) error {
		cancel()
		return ctx.Err()
	}}
	x := exchange("")
	tree := read(t, ScopeAPI, `<policies><inbound /><on-error><set-method>PUT</set-method></on-error></policies>`)
	if err := Link(tree).Run(ctx, x, h); !errors.Is(err, context.Canceled) || x.Request.HTTP.Method != "GET" {
		t.Errorf("got %v and %s; want %v, and on-error not run", err, x.Request.HTTP.Method, context.Canceled)
	}
}

// TestSteps: a document that would run for ever ends.
func TestSteps(t *testing.T) {
	inner := `<set-method>GET</set-method>`
	for range 4 {
		inner = `<retry condition="true" count="50" interval="0">` + inner + `</retry>`
	}
	x := exchange("")
	if err := Link(read(t, ScopeAPI, inner)).Run(t.Context(), x, answering(200)); err != nil {
		t.Fatal(err)
	}
	if x.Response.HTTP.StatusCode != 500 || !strings.Contains(x.LastError.Message, "10000") {
		t.Errorf("got %d, %+v; want 500 and the limit", x.Response.HTTP.StatusCode, x.LastError)
	}
}

// TestLater: what counts only when the answer is known counts then.
func TestLater(t *testing.T) {
	tree := read(t, ScopeAPI, `<rate-limit-by-key calls="2" renewal-period="60" counter-key="k" increment-condition="@(context.Response.StatusCode == 200)" increment-count="2" />`)
	h := answering(500)
	for i, status := range []int{500, 500, 500, 200, 200} {
		h.forward = answering(status).forward
		x := exchange("")
		if err := Link(tree).Run(t.Context(), x, h); err != nil {
			t.Fatal(err)
		}
		want := status
		if i == 4 {
			want = 429
		}
		if got := x.Response.HTTP.StatusCode; got != want {
			t.Errorf("call %d: got %d; want %d", i, got, want)
		}
	}
}

// TestLimits: what is too large is refused before it costs anything.
func TestLimits(t *testing.T) {
	double := map[string]Document{}
	for i := range 20 {
		next := string(rune('a' + i + 1))
		double[string(rune('a'+i))] = Document{Name: "f", Text: []byte(strings.Repeat(`<include-fragment fragment-id="`+next+`" />`, 20))}
	}
	double["u"] = Document{Name: "f", Text: []byte(`<set-method>PUT</set-method>`)}
	tests := []struct {
		name, text string
		o          Options
		want       string
	}{
		{"text", strings.Repeat(" ", MaxText+1), Options{}, "more than 1048576 bytes"},
		{"named", strings.Repeat("{{a}}", 2000), Options{NamedValues: map[string]string{"a": strings.Repeat("x", 1000)}}, "more than 1048576 bytes"},
		{"elements", strings.Repeat("<base />", MaxElements+1), Options{}, "more than 10000 elements"},
		{"depth", strings.Repeat("<choose>", MaxDepth+1), Options{}, "more than 100 deep"},
		{"fragments", `<include-fragment fragment-id="a" />`, Options{Fragments: double}, "fragments more than 16 deep"},
		{"brackets", `<set-method>@(` + strings.Repeat(`$"{`, 5000), Options{}, "not closed"},
		{"problems", strings.Repeat("<nothing />", 500), Options{}, "more problems are not shown"},
		{"utf8", "<a>\xff</a>", Options{}, "not UTF-8"},
	}
	for _, tt := range tests {
		tree, problems := Read(Document{Name: "p", Text: []byte(tt.text)}, ScopeAPI, tt.o)
		if tree != nil || !strings.Contains(texts(problems), tt.want) {
			t.Errorf("%s: got %.300v; want %q", tt.name, problems, tt.want)
		}
		if len(problems) > MaxProblems+1 {
			t.Errorf("%s: got %d problems; want at most %d", tt.name, len(problems), MaxProblems+1)
		}
	}
}

// TestPositions compares the places of bytes with a twin that keeps one for
// each byte.
func TestPositions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{"a", "é", "\n", "{{v}}", "{{empty}}", "{{", "}}", "<b>", "{{{v}}}", "{{w}}"})).Draw(t, "pieces")
		written := strings.Join(pieces, "")
		named := map[string]string{"v": "long\nvalue", "empty": ""}
		src, ok := newSource(Document{Text: []byte(written), At: expr.Position{Line: 5, Column: 3}}, &Options{NamedValues: named})
		if !ok {
			t.Fatal("too long")
		}
		var text strings.Builder
		var origin []int
		for i := 0; i < len(written); {
			value, n := written[i:i+1], 1
			for name, v := range named {
				tag := "{{" + name + "}}"
				if strings.HasPrefix(written[i:], tag) && !strings.HasPrefix(written[i+len(tag):], "}") && (i == 0 || written[i-1] != '{') {
					value, n = v, len(tag)
				}
			}
			for k := range len(value) {
				at := i
				if n == 1 {
					at += k
				}
				origin = append(origin, at)
			}
			text.WriteString(value)
			i += n
		}
		if src.text != text.String() {
			t.Fatalf("got %q; want %q", src.text, text.String())
		}
		for offset, from := range origin {
			if !utf8.RuneStart(written[from]) {
				continue
			}
			before := written[:from]
			want := expr.Position{Line: 5 + strings.Count(before, "\n")}
			want.Column = 3 + len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
			if got := src.position(offset); got != want {
				t.Fatalf("%q at %d: got %v; want %v", written, offset, got, want)
			}
		}
	})
}

// TestShared: one program serves many requests at once.
func TestShared(t *testing.T) {
	text, err := os.ReadFile("testdata/seed001.xml")
	if err != nil {
		t.Fatal(err)
	}
	p := Link(read(t, ScopeAPI, string(text)))
	var done sync.WaitGroup
	for i := range 8 {
		done.Go(func() {
			region := []string{"West US", "East Asia"}[i%2]
			for range 50 {
				x := exchange(region)
				x.Trace = func(TraceEntry) {}
				err := p.Run(t.Context(), x, answering(200))
				if want := strings.Fields("us asia")[i%2]; err != nil || !strings.Contains(x.Target.URL.Host, want) {
					t.Errorf("got %v, %v; want %s", x.Target.URL, err, want)
				}
			}
		})
	}
	done.Wait()
}

// TestWaitEnds: a client that leaves while a retry pauses ends the run.
func TestWaitEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := &waiting{fakeHost: answering(503), wait: func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	}}
	tree := read(t, ScopeAPI, `<retry condition="true" count="2" interval="1"><forward-request /></retry>`)
	if err := Link(tree).Run(ctx, exchange(""), h); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want %v", err, context.Canceled)
	}
}

type waiting struct {
	*fakeHost
	wait func(ctx context.Context) error
}

func (h *waiting) Wait(ctx context.Context, _ time.Duration) error { return h.wait(ctx) }

// TestBodiesClosed: every response that does not reach the client is closed,
// the one that does is not.
func TestBodiesClosed(t *testing.T) {
	for _, text := range []string{
		`<retry condition="@(context.Response.StatusCode == 503)" count="2" interval="0"><forward-request /></retry>`,
		`<policies><inbound /><backend><forward-request /><forward-request /><forward-request /></backend></policies>`,
		`<policies><inbound /><backend><forward-request /></backend><outbound><return-response /></outbound></policies>`,
		`<policies><inbound /><backend><forward-request /></backend><outbound><set-body>x</set-body></outbound></policies>`,
		`<policies><inbound /><backend><forward-request /></backend><outbound><set-variable name="x" value="@((int)context.Variables["none"])" /></outbound></policies>`,
	} {
		var bodies []*kept
		h := &fakeHost{forward: func(_ context.Context, x *Exchange, _ Forward) error {
			x.Response = newResponse(&x.Context, 503)
			b := &kept{Reader: strings.NewReader("body")}
			x.Response.HTTP.Body = b
			bodies = append(bodies, b)
			return nil
		}}
		x := exchange("")
		if err := Link(read(t, ScopeAPI, text)).Run(t.Context(), x, h); err != nil {
			t.Fatal(err)
		}
		for i, b := range bodies {
			if want := x.Response.HTTP.Body != b; b.closed != want {
				t.Errorf("%s: body %d: got closed %v; want %v", text, i, b.closed, want)
			}
		}
	}
}

type kept struct {
	io.Reader
	closed bool
}

func (c *kept) Close() error {
	c.closed = true
	return nil
}

// TestTraceOfExpressions: context.Trace is told to who looks.
func TestTraceOfExpressions(t *testing.T) {
	tree := read(t, ScopeAPI, `<set-header name="X"><value>@{ context.Trace("hello"); return "x"; }</value></set-header>`)
	var got []string
	x := exchange("")
	x.Trace = func(e TraceEntry) { got = append(got, e.Element+": "+e.Message) }
	if err := Link(tree).Run(t.Context(), x, answering(200)); err != nil {
		t.Fatal(err)
	}
	want := []string{"base: the outer scope", "set-header: hello", "set-header: override X: x", "forward-request: GET /orders/7?a=1 to the API's backend: 200"}
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], " after ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
