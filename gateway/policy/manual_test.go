package policy

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestManual: the table of elements in docs/policies.md says of each element
// where it may stand, which attributes it takes, and where an expression may be;
// no element is said to be supported and not supported.
func TestManual(t *testing.T) {
	data, err := os.ReadFile("../../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	_, elements, _ := strings.Cut(string(data), "\n## Elements\n")
	rows := map[string][]string{}
	for line := range strings.Lines(elements) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(cells[1], " `") {
			rows[strings.Trim(cells[1], " `")] = cells[2:4]
		}
	}
	_, missing, _ := strings.Cut(elements, "\n## Not supported yet\n")
	missing, _, _ = strings.Cut(missing, "Liquid templates")
	for _, k := range catalogue() {
		cells, ok := rows[k.name]
		if !ok {
			t.Errorf("%s: got no row; want one", k.name)
			continue
		}
		if got := manualSections(cells[0]); got != k.in {
			t.Errorf("%s: got %v as its sections; want %v", k.name, got, k.in)
		}
		if strings.Contains(missing, "`"+k.name+"`") {
			t.Errorf("%s: got it among what is not supported", k.name)
		}
		for _, a := range k.attributes {
			manualAttribute(t, k.name, cells[1], a)
		}
		delete(rows, k.name)
	}
	for _, name := range manualNames(missing) {
		if !strings.HasSuffix(name, "*") && !slices.Contains(unsupported(), name) {
			t.Errorf("%s: got it among what is not supported; want one of API Management's elements", name)
		}
	}
	for name := range rows {
		t.Errorf("%s: got a row; want none, there is no such element", name)
	}
}

// manualSections reads "all", or sections with a remark.
func manualSections(cell string) sections {
	if strings.Contains(cell, "all") && !strings.Contains(cell, "inbound") {
		return everywhere
	}
	var set sections
	for s := range section(sectionCount) {
		if slices.Contains(strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ',' }), s.String()) {
			set |= in(s)
		}
	}
	return set
}

// manualAttribute checks that a cell has an attribute, with E behind it where
// it takes an expression.
func manualAttribute(t *testing.T, element, cell string, a attr) {
	t.Helper()
	if strings.HasSuffix(a.name, "-header-name") || strings.HasSuffix(a.name, "-variable-name") && element != "return-response" {
		if !strings.Contains(cell, "names of headers and variables") {
			t.Errorf("%s %s: got %q; want it there", element, a.name, cell)
		}
		return
	}
	_, behind, ok := strings.Cut(cell, "`"+a.name+"`")
	if !ok {
		_, behind, ok = strings.Cut(cell, "`"+a.name)
	}
	if code := strings.HasPrefix(behind, " E"); !ok || code != a.code {
		t.Errorf("%s %s: got it: %v, an expression: %v; want %v", element, a.name, ok, code, a.code)
	}
}

// manualNames returns what stands between backquotes.
func manualNames(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}
