package dnswire

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

const testZone Name = "gtm.test."

// TestDefects reads every file of testdata/bad: its defect is its name, and its
// comments "; want …" are how each error begins.
func TestDefects(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.zone")
	if err != nil || len(files) < 40 {
		t.Fatalf("got %d files, %v, want at least 40", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var wants []string
		for line := range strings.Lines(string(text)) {
			if want, ok := strings.CutPrefix(line, "; want "); ok {
				wants = append(wants, strings.TrimSpace(want))
			}
		}
		_, errs := ParseRecords(string(text), testZone, 300)
		if len(errs) != len(wants) {
			t.Errorf("%s: got %d errors, want %d: %v", file, len(errs), len(wants), errs)
		}
		for _, want := range wants {
			if !anyBegins(errs, want) {
				t.Errorf("%s: got %q, want one that begins %q", file, errs, want)
			}
		}
	}
}

func anyBegins(errs []RecordError, want string) bool {
	for _, err := range errs {
		if strings.HasPrefix(err.Error(), want) {
			return true
		}
	}
	return false
}

func TestParseRecords(t *testing.T) {
	text := `; static records
$TTL 1h30m
@        CAA   0 issue "letsencrypt.org"
www   60 IN A  192.0.2.1
      60    A  192.0.2.2
txt   TXT ( "a;b" ; a comment
            "c)" )
u        TYPE65280 \# 2 ABcd
known    A \# 4 c0000201
MiXeD    MX 10 Mail
es\.c\065 A 192.0.2.3
abs.gtm.test. IN 7 A 192.0.2.4
$TTL 9
$ORIGIN sub
rel      A 192.0.2.5
@        A 192.0.2.6
$ORIGIN gtm.test.
*.wild   TXT ""
svc      HTTPS 1 . alpn=h2 port=8443
cut      NS ns.cut
cut      NS ns.other.example.
cut      DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.cut   A 192.0.2.7
alias    CNAME www
out      CNAME www.example.org.`
	want := []string{
		"3 gtm.test. CAA 5400 0 issue \"letsencrypt.org\"",
		"4 www.gtm.test. A 60 192.0.2.1",
		"5 www.gtm.test. A 60 192.0.2.2",
		"6 txt.gtm.test. TXT 5400 \"a;b\" \"c)\"",
		"8 u.gtm.test. TYPE65280 5400 \\# 2 abcd",
		"9 known.gtm.test. A 5400 192.0.2.1",
		"10 mixed.gtm.test. MX 5400 10 Mail.gtm.test.",
		"11 es\\.ca.gtm.test. A 5400 192.0.2.3",
		"12 abs.gtm.test. A 7 192.0.2.4",
		"15 rel.sub.gtm.test. A 9 192.0.2.5",
		"16 sub.gtm.test. A 9 192.0.2.6",
		"18 *.wild.gtm.test. TXT 9 \"\"",
		"19 svc.gtm.test. HTTPS 9 1 . alpn=\"h2\" port=\"8443\"",
		"20 cut.gtm.test. NS 9 ns.cut.gtm.test.",
		"21 cut.gtm.test. NS 9 ns.other.example.",
		"22 cut.gtm.test. DS 9 1 13 2 0000000000000000000000000000000000000000000000000000000000000000",
		"23 ns.cut.gtm.test. A 9 192.0.2.7",
		"24 alias.gtm.test. CNAME 9 www.gtm.test.",
		"25 out.gtm.test. CNAME 9 www.example.org.",
	}
	records, errs := ParseRecords(text, testZone, 300)
	if errs != nil {
		t.Fatal(errs)
	}
	var got []string
	for _, r := range records {
		if r.RR.Header().Name != string(r.Name) || r.RR.Header().Ttl != r.TTL || r.RR.Header().Rrtype != r.Type || r.Class != dns.ClassINET {
			t.Errorf("line %d: record %v and its RR %v differ", r.Line, r, r.RR.Header())
		}
		data := strings.TrimPrefix(r.RR.String(), r.RR.Header().String())
		if _, unknown := r.RR.(*dns.RFC3597); unknown {
			data = r.RR.String()[strings.Index(r.RR.String(), `\#`):]
		}
		got = append(got, fmt.Sprintf("%d %s %s %d %s", r.Line, r.Name, TypeName(r.Type), r.TTL, data))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestDefaultTTL(t *testing.T) {
	records, errs := ParseRecords("a 5 A 192.0.2.1\nb A 192.0.2.1\r\n", testZone, 300)
	if errs != nil || len(records) != 2 || records[0].TTL != 5 || records[1].TTL != 300 {
		t.Errorf("got %v, %v, want TTLs 5 and 300", records, errs)
	}
}

// TestSiblingGlue: an address below one delegation may serve another.
func TestSiblingGlue(t *testing.T) {
	text := "a NS ns.b\nb NS ns.b\nns.b A 192.0.2.1\n"
	if _, errs := ParseRecords(text, testZone, 300); errs != nil {
		t.Errorf("got %v, want no error", errs)
	}
}

func TestLimits(t *testing.T) {
	var set, many strings.Builder
	for i := range MaxSetRecords + 1 {
		fmt.Fprintf(&set, "x A 10.0.%d.%d\n", i/256, i%256)
	}
	for i := range MaxErrors + 50 {
		fmt.Fprintf(&many, "x%d A nope\n", i)
	}
	long := strings.Repeat("\""+strings.Repeat("a", 255)+"\" ", 254)
	for name, test := range map[string]struct {
		text, want string
	}{
		"records in a set": {set.String(), "line 1: 1001 A records of \"x.gtm.test.\": want at most 1000"},
		"octets in a set":  {"x TXT " + long + "\n", "line 1: TXT records of \"x.gtm.test.\" take 65036 octets"},
		"text":             {strings.Repeat(" ", MaxTextOctets+1), "line 1: text of 8388609 octets"},
		"entry":            {"x TXT " + strings.Repeat("a ", MaxEntryOctets/2) + "\n", "line 1: entry of"},
		"records":          {strings.Repeat("x A 192.0.2.1\n", MaxRecords+1), "line 100001: more than 100000 records"},
		"errors":           {many.String(), "line 201: more than 200 errors"},
	} {
		_, errs := ParseRecords(test.text, testZone, 300)
		if len(errs) == 0 || len(errs) > MaxErrors+1 || !anyBegins(errs, test.want) {
			t.Errorf("%s: got %d errors, %.300v, want one that begins %q", name, len(errs), errs, test.want)
		}
	}
}

// FuzzRecords: no text makes the reader fail, and what it accepts is in the
// zone and packs.
func FuzzRecords(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.zone")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, errs := ParseRecords(text, testZone, 300)
		if len(errs) > 0 {
			return
		}
		for _, r := range records {
			if !r.Name.IsSubdomainOf(testZone) || r.Line < 1 || r.TTL > MaxTTL {
				t.Fatalf("ParseRecords(%q): got %v", text, r)
			}
			if _, err := RData(r.RR); err != nil {
				t.Fatalf("ParseRecords(%q): %v", text, err)
			}
		}
	})
}
