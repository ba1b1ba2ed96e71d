package policy

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRun runs each document of testdata/run: one for each element and
// construct.
func TestRun(t *testing.T) {
	scripts(t, "run", func(t *testing.T, s *script) {
		result, problems, err := Test(t.Context(), s.o)
		if err != nil || result == nil {
			t.Fatalf("got %v, %v; want a result", problems, err)
		}
		if diff := cmp.Diff(s.files["want"], render(result)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if want, is := s.files["trace"]; is {
			var lines []string
			for _, e := range result.Trace {
				line := strings.Repeat("  ", e.Depth) + e.Section + " " + e.Scope + " " + e.Path + ": " + e.Message
				for _, v := range e.Values {
					line += " " + v.Name + "=" + v.Value
				}
				lines = append(lines, line)
			}
			took := regexp.MustCompile(` after \S+$`)
			for i := range lines {
				lines[i] = took.ReplaceAllString(lines[i], "")
			}
			if diff := cmp.Diff(strings.TrimSpace(want), strings.Join(lines, "\n")); diff != "" {
				t.Errorf("trace (-want +got)\n%s", diff)
			}
		}
		var warnings []string
		for _, p := range problems {
			warnings = append(warnings, p.String())
		}
		if diff := cmp.Diff(strings.TrimSpace(s.files["warnings"]), strings.Join(warnings, "\n")); diff != "" {
			t.Errorf("warnings (-want +got)\n%s", diff)
		}
	})
}

// TestRefused reads each document of testdata/refused, a file for each defect.
func TestRefused(t *testing.T) {
	scripts(t, "refused", func(t *testing.T, s *script) {
		tree, problems := Read(s.o.Document, s.o.Scope, s.o.Options)
		if tree != nil {
			t.Error("got a tree; want none")
		}
		want, got := strings.TrimSpace(s.files["want"]), shortened(s.files["want"], texts(problems))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// shortened cuts lines of got where those of want end in …: what follows is
// said by gateway/expr.
func shortened(want, got string) string {
	lines := strings.Split(got, "\n")
	for i, line := range strings.Split(want, "\n") {
		if head, is := strings.CutSuffix(line, "…"); is && i < len(lines) && strings.HasPrefix(lines[i], head) {
			lines[i] = line
		}
	}
	return strings.Join(lines, "\n")
}
