package policy

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"meridian/gateway/expr"

	"github.com/rogpeppe/go-internal/txtar"
)

// seeds adds the documents of testdata.
func seeds(f *testing.F, add func(text []byte)) {
	f.Helper()
	paths, _ := filepath.Glob("testdata/*/*.txtar")
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if file.Name == "policy.xml" {
				add(file.Data)
			}
		}
	}
	text, err := os.ReadFile("testdata/seed001.xml")
	if err != nil {
		f.Fatal(err)
	}
	add(text)
}

// FuzzRead: no text ends the process; every problem has a place in the text;
// what compiles has no problem but warnings.
func FuzzRead(f *testing.F) {
	seeds(f, func(text []byte) { f.Add(text, "x") })
	f.Fuzz(func(t *testing.T, text []byte, value string) {
		o := Options{
			NamedValues: map[string]string{"a": value, "name": value},
			Fragments:   map[string]Document{"a": {Name: "a", Text: text}},
			Region:      func(string, bool) bool { return false },
		}
		tree, problems := Read(Document{Name: "p", Text: text}, ScopeAPI, o)
		if (tree == nil) != slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning }) {
			t.Errorf("got a tree: %v, with %v", tree != nil, problems)
		}
		lines := strings.Split(string(text), "\n")
		for _, p := range problems {
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
				t.Errorf("got %d:%d; want a place in the text: %v", p.Line, p.Column, p)
			}
		}
	})
}

// FuzzRun: what compiles runs to a response that can be sent.
func FuzzRun(f *testing.F) {
	seeds(f, func(text []byte) { f.Add(text, uint16(503), "X-A", "v", "body") })
	f.Fuzz(func(t *testing.T, text []byte, status uint16, name, value, body string) {
		tree, _ := Read(Document{Name: "p", Text: text}, ScopeAPI, Options{})
		if tree == nil {
			return
		}
		x := exchange("West US")
		x.Request.HTTP.Header[name] = []string{value}
		x.Request.SetBody([]byte(body))
		x.Variables = map[string]expr.Value{name: value}
		x.Trace = func(TraceEntry) {}
		h := &fakeHost{forward: func(_ context.Context, x *Exchange, _ Forward) error {
			if status%7 == 0 {
				return &Failure{Reason: ReasonTimeout, Message: "late"}
			}
			x.Response = newResponse(&x.Context, 200+int(status)%400)
			return nil
		}}
		if err := Link(tree).Run(t.Context(), x, h); err != nil {
			t.Fatalf("got %v; want a response", err)
		}
		if code := x.Response.HTTP.StatusCode; code < 200 || code > 599 {
			t.Errorf("got status %d; want 200 to 599", code)
		}
		if x.Request.HTTP.Method == "" || !strings.HasPrefix(x.Request.HTTP.URL.Path, "/") {
			t.Errorf("got %s %s; want a method and a path", x.Request.HTTP.Method, x.Request.HTTP.URL)
		}
		for field, values := range x.Response.HTTP.Header {
			if strings.ContainsAny(field+strings.Join(values, ""), "\r\n") {
				t.Errorf("got field %q: %q; want no line ends", field, values)
			}
		}
		_ = x.Response.HTTP.Write(discard{}) // must not panic
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkRun is a typical document: choose by region, a backend, a header.
func BenchmarkRun(b *testing.B) {
	tree := read(b, ScopeAPI, `<policies><inbound><base />
<choose>
  <when condition="@("East Asia".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase))"><set-backend-service backend-id="asia" /></when>
  <when condition="@("West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase))"><set-backend-service backend-id="us" /></when>
  <otherwise><set-backend-service backend-id="other" /></otherwise>
</choose>
<set-header name="X-Gateway" exists-action="override"><value>meridian</value></set-header>
</inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>`)
	p := Link(tree)
	x := exchange("West US")
	resp := newResponse(&x.Context, http.StatusOK)
	h := &fakeHost{forward: func(_ context.Context, x *Exchange, _ Forward) error {
		x.Response = resp
		return nil
	}}
	b.ReportAllocs()
	for b.Loop() {
		x.Target = Target{}
		if err := p.Run(b.Context(), x, h); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPlain is the question whether a program does anything.
func BenchmarkPlain(b *testing.B) {
	p := Link()
	for b.Loop() {
		if !p.Plain() {
			b.Fatal("got not plain")
		}
	}
}
