package dnswire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTarget(t *testing.T) {
	text := `a CNAME T.Example.
b DNAME t.example.
c NS t.example.
d PTR t.example.
e MX 10 t.example.
f SRV 1 2 3 t.example.
g SVCB 1 t.example.
h HTTPS 1 t.example.
i TXT "t.example."
`
	records, errs := ParseRecords(text, testZone, 300)
	if errs != nil || len(records) != 9 {
		t.Fatalf("got %d records, %v, want 9", len(records), errs)
	}
	for _, r := range records {
		got, ok := r.Target()
		want := Name("t.example.")
		if TypeName(r.Type) == "TXT" {
			want = ""
		}
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", TypeName(r.Type), got, ok, want)
		}
	}
}

func TestTTLUnits(t *testing.T) {
	text := "$TTL 1W2d3H4m5s\na A 192.0.2.1\n$TTL 90\nb A 192.0.2.1\n$TTL 1m30 ; thirty seconds more\nc A 192.0.2.1\n"
	records, errs := ParseRecords(text, testZone, 300)
	if errs != nil {
		t.Fatal(errs)
	}
	var got []uint32
	for _, r := range records {
		got = append(got, r.TTL)
	}
	if diff := cmp.Diff([]uint32{788645, 90, 90}, got); diff != "" {
		t.Errorf("TTLs (-want +got):\n%s", diff)
	}
}

// TestEscapesInText: a backslash keeps quotes, parentheses and comments from
// meaning anything.
func TestEscapesInText(t *testing.T) {
	text := "a TXT \"x\\\"y\" ; (\n" + "b TXT \\(\\)\\;\n" + "c\\;d TXT (\"; not a comment\"\n; a comment with ) and \"\n\"z\")\n; the end ("
	records, errs := ParseRecords(text, testZone, 300)
	if errs != nil || len(records) != 3 {
		t.Fatalf("got %v, %v, want three records", records, errs)
	}
	var got []string
	for _, r := range records {
		got = append(got, string(r.Name)+strings.TrimPrefix(r.RR.String(), r.RR.Header().String()))
	}
	want := []string{`a.gtm.test."x\"y"`, `b.gtm.test."();"`, `c\;d.gtm.test."; not a comment" "z"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestRootZone: the rules hold where the zone is the root.
func TestRootZone(t *testing.T) {
	records, errs := ParseRecords("test NS ns.test\nns.test A 192.0.2.1\n* CNAME x\n", Root, 300)
	if errs == nil || len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "line 3: CNAME loop: *. → x.") {
		t.Errorf("got %v, %v, want the loop alone", records, errs)
	}
}

// FuzzEntries: entries put together again are the text, so no line is lost and
// none is counted twice.
func FuzzEntries(f *testing.F) {
	f.Add("a A 1\nb TXT ( \"x\n y )\n; (\nc \\\n)\n")
	f.Fuzz(func(t *testing.T, text string) {
		rest, line, lines := text, 1, 1
		var joined strings.Builder
		for rest != "" {
			before := rest
			var e entry
			e, rest, line, _ = nextEntry(rest, line)
			if e.line != lines {
				t.Fatalf("entry %q of %q: got line %d, want %d", e.text, text, e.line, lines)
			}
			cut := before[:len(before)-len(rest)]
			if strings.TrimSuffix(cut, "\n") != strings.TrimSuffix(e.text, "\n") || cut == "" {
				t.Fatalf("entry %q: cut %q off", e.text, cut)
			}
			lines += strings.Count(cut, "\n")
			joined.WriteString(cut)
		}
		if joined.String() != text {
			t.Fatalf("got %q, want %q", joined.String(), text)
		}
	})
}

func BenchmarkParseRecords(b *testing.B) {
	var lines strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&lines, "h%d 60 IN A 192.0.2.1\n", i)
	}
	text := lines.String()
	b.ReportAllocs()
	for b.Loop() {
		if _, errs := ParseRecords(text, testZone, 300); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
