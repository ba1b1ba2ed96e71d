package configs_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"meridian/configs"
)

// TestOversizeDocuments is faults.md C4: what is too much is refused by a
// declared limit, quickly, and the limit is named.
func TestOversizeDocuments(t *testing.T) {
	repeat := func(prefix, item string, n int) string { return head + prefix + strings.Repeat(item, n) }
	endpoints := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "      - {name: e%d, target: 10.0.%d.%d}\n", i, i/250, i%250)
		}
		return head + "profiles:\n  - name: a\n    trafficRoutingMethod: Weighted\n    endpoints:\n" + b.String()
	}
	for name, c := range map[string]struct{ text, want string }{
		"octets":         {strings.Repeat("#", configs.MaxDocument+1), "octets: want at most 8388608"},
		"values":         {repeat("x: [", "a,", 1_300_000) + "]", "want at most 1200000"},
		"nesting":        {repeat("x: ", "[", 100_000), "max depth of 96"},
		"block nesting":  {repeat("x:\n", "- ", 100_000), "max depth of 96"},
		"problems":       {repeat("profiles:\n", "- {x: 1}\n", 10_000), "more errors and 0 more warnings are not shown: want at most 200 errors and 50 warnings at a time"},
		"profiles":       {repeat("profiles:\n", "- {name: x}\n", 10_001), "10001 entries: want at most 10000"},
		"endpoints":      {endpoints(201), "201 entries: want at most 200"},
		"locations":      {repeat("locations:\n", "- {name: x}\n", 301), "301 entries: want at most 300"},
		"name servers":   {strings.Replace(head, "{name: ns2.example.net}", strings.Repeat("{name: ns.example.net},", 13), 1), "14 entries: want at most 13"},
		"a long string":  {head + "profiles: [{name: " + strings.Repeat("a", 300) + "}]", "300 characters: want at most 253"},
		"a long key":     {head + strings.Repeat("k", 129) + ": 1", "want a name of at most 128 characters"},
		"records":        {repeat("records: |\n", "  a A 192.0.2.1\n", 100_001), "more than 100000 records"},
		"a set":          {head + "records: |\n" + recordSet(1001), "1000"},
		"overrides":      {repeat("geo:\n  overrides:\n", "  - {cidr: 192.0.2.0/24}\n", 10_001), "10001 entries: want at most 10000"},
		"laughs in maps": {"a: &a {x: 1, y: 2}\n" + laughs(), "want at most 50000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := compileText(t, c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %.300v; want an error with %q", err, c.want)
			}
		})
	}
}

// TestWarningsDoNotHideErrors: however many warnings there are, the error that
// stops a document is told, and what is left out is counted by kind.
func TestWarningsDoNotHideErrors(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "locations:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "- {name: l%d, latitude: 1, longitude: 2}\n", i)
	}
	const profiles = "profiles: [{name: a, trafficRoutingMethod: Weighted, endpoints: [{name: e, target: %s}]}]\n"
	last := "0 more errors and 150 more warnings are not shown: want at most 200 errors and 50 warnings at a time"

	s := mustCompile(t, b.String()+fmt.Sprintf(profiles, "192.0.2.1"))
	if n := len(s.Warnings); n != configs.MaxWarnings+1 || s.Warnings[n-1].Message != last || !s.Warnings[n-1].Warning {
		t.Errorf("warnings alone: got %d, the last of them %v; want %d and a warning %q", n, s.Warnings[n-1], configs.MaxWarnings+1, last)
	}

	_, err := compileText(t, b.String()+fmt.Sprintf(profiles, "300.0.0.1"))
	var problems configs.Problems
	if !errors.As(err, &problems) || !problems.Fatal() {
		t.Fatalf("with an error: got %v; want problems", err)
	}
	var fatal []string
	for _, p := range problems {
		if !p.Warning {
			fatal = append(fatal, p.Path)
		}
	}
	if len(fatal) != 1 || fatal[0] != "profiles[0].endpoints[0].target" || problems[len(problems)-1].Message != last {
		t.Errorf("with an error: got errors at %q, the last problem %v; want one at the target and %q", fatal, problems[len(problems)-1], last)
	}
}

func recordSet(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  a A 10.0.%d.%d\n", i/250, i%250)
	}
	return b.String()
}

// laughs returns anchors that each stand for ten of the one before.
func laughs() string {
	var b strings.Builder
	for c := 'b'; c < 'j'; c++ {
		fmt.Fprintf(&b, "%c: &%c {", c, c)
		for i := range 10 {
			fmt.Fprintf(&b, "k%d: *%c, ", i, c-1)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func TestExactlyTheLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "profiles:\n  - name: a\n    trafficRoutingMethod: Weighted\n    endpoints:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "      - {name: e%d, target: 10.0.0.%d, weight: 1000}\n", i, i)
	}
	if s := mustCompile(t, b.String()); len(s.Plan.Profiles[0].Endpoints) != 200 {
		t.Errorf("endpoints: got %d; want 200", len(s.Plan.Profiles[0].Endpoints))
	}
}

// largeDocument has n profiles of 20 endpoints each.
func largeDocument(n int) string {
	var b strings.Builder
	b.WriteString(head + "profiles:\n")
	for i := range n {
		fmt.Fprintf(&b, "- name: p%d\n  trafficRoutingMethod: Weighted\n  endpoints:\n", i)
		for j := range 20 {
			fmt.Fprintf(&b, "  - {name: e%d, target: 10.%d.%d.%d}\n", j, i/250, i%250, j)
		}
	}
	return b.String()
}

// BenchmarkCompile reads, checks and converts 1,000 profiles of 20 endpoints.
func BenchmarkCompile(b *testing.B) {
	text := []byte(largeDocument(1000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		bundle, err := configs.NewBundle("service.yaml", text, noFiles)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := bundle.Compile(configs.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/(1<<20), "MiB-heap")
}
