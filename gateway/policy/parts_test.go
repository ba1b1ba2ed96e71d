package policy

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// script is one testdata archive: directives "key: value" in its comment, a
// policy.xml, fragments and what comes of it.
type script struct {
	t     *testing.T
	o     TestOptions
	files map[string]string
}

// scripts runs f for each archive of a folder.
func scripts(t *testing.T, folder string, f func(t *testing.T, s *script)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in %s: %v", folder, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f(t, newScript(t, archive))
		})
	}
}

func newScript(t *testing.T, archive *txtar.Archive) *script {
	s := &script{t: t, files: map[string]string{}}
	s.o.Scope, s.o.Region = ScopeAPI, "West US"
	s.o.Client = netip.MustParseAddr("203.0.113.7")
	s.o.Options = Options{
		NamedValues: map[string]string{}, Fragments: map[string]Document{},
		Backend: func(name string) bool { return name != "missing" },
		Region: func(display string, ignoreCase bool) bool {
			return display == "West US" || ignoreCase && strings.EqualFold(display, "West US")
		},
		Secret: func(name string) bool { return strings.HasPrefix(name, "secret") },
	}
	for _, file := range archive.Files {
		s.files[file.Name] = string(file.Data)
		if id, is := strings.CutSuffix(file.Name, ".fragment"); is {
			s.o.Options.Fragments[id] = Document{Name: file.Name, Text: file.Data}
		}
	}
	s.o.Document = Document{Name: "policy.xml", Text: []byte(s.files["policy.xml"])}
	s.o.Request, _ = http.NewRequest(http.MethodGet, "http://gateway.example.com/orders/7?a=1&b=2", http.NoBody)
	lines := bufio.NewScanner(strings.NewReader(string(archive.Comment)))
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), ": "); ok {
			s.directive(key, value)
		}
	}
	return s
}

func (s *script) directive(key, value string) {
	name, text, _ := strings.Cut(value, "=")
	switch key {
	case "scope":
		var err error
		if s.o.Scope, err = ParseScope(value); err != nil {
			s.t.Fatal(err)
		}
	case "request":
		method, address, _ := strings.Cut(value, " ")
		s.o.Request, _ = http.NewRequest(method, address, strings.NewReader(s.files["body"]))
	case "header":
		s.o.Request.Header.Add(name, text)
	case "named":
		s.o.Options.NamedValues[name] = text
	case "matched":
		if s.o.Matched == nil {
			s.o.Matched = map[string]string{}
		}
		s.o.Matched[name] = text
	case "template":
		s.o.Template = value
	case "region":
		s.o.Region = value
	case "answers":
		s.o.Answers = strings.Split(value, " ")
	case "unmatched":
		s.o.Unmatched = value == "true"
	case "about":
	default:
		s.t.Fatalf("no such directive: %s", key)
	}
}

// render writes what a run did, one fact a line.
func render(r *TestResult) string {
	var b strings.Builder
	for _, m := range r.Sent {
		fmt.Fprintf(&b, "sent %s %s", m.Method, m.URL)
		if m.Backend != "" {
			fmt.Fprintf(&b, " backend %s", m.Backend)
		}
		if m.Host != "gateway.example.com" {
			fmt.Fprintf(&b, " host %q", m.Host)
		}
		fmt.Fprintln(&b)
		renderMessage(&b, m)
	}
	for _, w := range r.Waited {
		fmt.Fprintf(&b, "waited %s\n", w)
	}
	fmt.Fprintf(&b, "answer %s\n", r.Response.Status)
	renderMessage(&b, r.Response)
	return b.String()
}

func renderMessage(b *strings.Builder, m TestMessage) {
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		for _, value := range m.Header[name] {
			fmt.Fprintf(b, "  %s: %s\n", name, value)
		}
	}
	if m.Body != "" {
		fmt.Fprintf(b, "  body %s\n", strings.TrimSpace(m.Body))
	}
}

// fakeHost is a Host of funcs.
type fakeHost struct {
	forward func(ctx context.Context, x *Exchange, f Forward) error
	offline
}

func (h *fakeHost) Forward(ctx context.Context, x *Exchange, f Forward) error {
	return h.forward(ctx, x, f)
}

// texts writes problems, one a line.
func texts(problems Problems) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
