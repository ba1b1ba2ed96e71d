package dnswire

import (
	"errors"
	"strings"
	"testing"

	"github.com/miekg/dns"
	"pgregory.net/rapid"
)

func TestParseName(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	for _, test := range []struct {
		in   string
		want Name
		err  string // part of the message
	}{
		{in: ".", want: "."},
		{in: "Example.COM", want: "example.com."},
		{in: "example.com.", want: "example.com."},
		{in: `a\.b.c`, want: `a\.b.c.`},
		{in: `\097\046b.c`, want: `a\.b.c.`},
		{in: `\065bc`, want: `abc.`},
		{in: `\a.b`, want: `a.b.`},
		{in: `tail\.`, want: `tail\..`},
		{in: `tail\\.`, want: `tail\\.`},
		{in: "caf\u00e9", want: `caf\195\169.`},
		{in: "two words", want: `two\ words.`},
		{in: label63 + ".x", want: Name(label63 + ".x.")},
		{in: strings.Repeat(label63+".", 3) + strings.Repeat("b", 61), want: Name(strings.Repeat(label63+".", 3) + strings.Repeat("b", 61) + ".")},
		{in: "", err: "empty label"},
		{in: "..", err: "empty label"},
		{in: ".a", err: "empty label"},
		{in: "a..b", err: "empty label"},
		{in: label63 + "a.x", err: "label of 64 octets: want 1 .. 63"},
		{in: strings.Repeat(label63+".", 3) + strings.Repeat("b", 62), err: "longer than 255 octets"},
		{in: `a\`, err: "lone backslash"},
		{in: `a\25`, err: "three digits"},
		{in: `a\256`, err: "want 000 .. 255"},
		{in: strings.Repeat("a.", 600), err: "want at most 255 octets"},
	} {
		got, err := ParseName(test.in)
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("ParseName(%q): got %q, %v, want %q, %q", test.in, got, err, test.want, test.err)
		}
	}
}

func TestParseHostName(t *testing.T) {
	for in, want := range map[string]string{
		"a-b.Example.com": "",
		"_acme.x.y":       "",
		"xn--caf-dma.fr.": "",
		"1.2.3.4":         "is a number",
		"10.0.0.5.":       "is a number",
		"*.example.com":   `holds '*'`,
		"-a.example":      "no hyphen at either end",
		"a-.example":      "no hyphen at either end",
		"caf\u00e9.fr":    "xn-- form",
		"a b.example":     "want letters",
		".":               "at least one label",
		"a..b":            "empty label",
	} {
		_, err := ParseHostName(in)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("ParseHostName(%q): got %v, want %q", in, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), in) && want != "xn-- form" {
			t.Errorf("ParseHostName(%q): error %v does not quote the value", in, err)
		}
	}
}

func TestNameParts(t *testing.T) {
	for _, test := range []struct {
		name, parent Name
	}{
		{".", "."},
		{"com.", "."},
		{"a.b.com.", "b.com."},
		{`a\.b.com.`, "com."},
		{`\\.com.`, "com."},
		{`\046.com.`, "com."},
	} {
		if got := test.name.Parent(); got != test.parent {
			t.Errorf("Parent(%q): got %q, want %q", test.name, got, test.parent)
		}
	}
	if !Name("*.a.").IsWildcard() || Name("a.*.").IsWildcard() || Name(`\*x.`).IsWildcard() {
		t.Errorf("IsWildcard: got the wrong names, want *.a. only")
	}
}

// TestSubdomainBoundary: a suffix of the text is not a suffix of the labels
// (dns.md §4b, evilexample.com).
func TestSubdomainBoundary(t *testing.T) {
	for _, test := range []struct {
		name, zone Name
		want       bool
	}{
		{"example.com.", "example.com.", true},
		{"a.example.com.", "example.com.", true},
		{"evilexample.com.", "example.com.", false},
		{`evil\.example.com.`, "example.com.", false},
		{`evil\\.example.com.`, "example.com.", true},
		{"com.", "example.com.", false},
		{"anything.", ".", true},
		{".", ".", true},
		{".", "com.", false},
	} {
		if got := test.name.IsSubdomainOf(test.zone); got != test.want {
			t.Errorf("%q.IsSubdomainOf(%q): got %v, want %v", test.name, test.zone, got, test.want)
		}
	}
}

func TestChild(t *testing.T) {
	for _, test := range []struct {
		parent Name
		prefix string
		want   Name
		bad    bool
	}{
		{"b.", "a", "a.b.", false},
		{"b.", "X.a", "x.a.b.", false},
		{".", "a", "a.", false},
		{"b.", "@", "b.", false},
		{"b.", "", "b.", false},
		{"b.", `a\.`, `a\..b.`, false},
		{"b.", "a.", "", true},
		{"b.", "a..c", "", true},
	} {
		got, err := test.parent.Child(test.prefix)
		if got != test.want || (err != nil) != test.bad {
			t.Errorf("%q.Child(%q): got %q, %v, want %q", test.parent, test.prefix, got, err, test.want)
		}
	}
}

// TestCompareCanonical is the list of RFC 4034 §6.1, in order.
func TestCompareCanonical(t *testing.T) {
	order := []string{
		"example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE", "z.example", `\001.z.example`, "*.z.example", `\200.z.example`,
	}
	for i := range order {
		for j := range order {
			a, errA := ParseName(order[i])
			b, errB := ParseName(order[j])
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if got, want := a.Compare(b), min(1, max(-1, i-j)); got != want {
				t.Errorf("%q.Compare(%q): got %d, want %d", a, b, got, want)
			}
		}
	}
}

// TestReadNameDefects is RFC 9267 §2–§4 on one name.
func TestReadNameDefects(t *testing.T) {
	long := []byte{}
	for range 4 {
		long = append(append(long, 63), strings.Repeat("a", 63)...)
	}
	for name, test := range map[string]struct {
		msg  []byte
		off  int
		want error
	}{
		"pointer to itself":        {[]byte{0xC0, 0}, 0, ErrNamePointer},
		"pointer loop of two":      {[]byte{0xC0, 2, 0xC0, 0}, 2, ErrNamePointer},
		"pointer forwards":         {[]byte{0xC0, 2, 0}, 0, ErrNamePointer},
		"pointer into own labels":  {[]byte{1, 'a', 0xC0, 0}, 0, ErrNamePointer},
		"pointer cut":              {[]byte{0, 0xC0}, 1, ErrNameCut},
		"terminator missing":       {[]byte{1, 'a'}, 0, ErrNameCut},
		"label past the end":       {[]byte{9, 'a', 0}, 0, ErrNameCut},
		"label type 0x40":          {[]byte{0x41, 'a', 0}, 0, ErrNameLabel},
		"label type 0x80":          {[]byte{0x81, 'a', 0}, 0, ErrNameLabel},
		"257 octets":               {append(long, 0), 0, ErrNameLong},
		"offset behind the end":    {[]byte{0}, 1, ErrNameCut},
		"offset before the start":  {[]byte{0}, -1, ErrNameCut},
		"empty message":            {nil, 0, ErrNameCut},
		"pointer to beyond it all": {[]byte{0xFF, 0xFF}, 0, ErrNamePointer},
	} {
		if got, _, err := ReadName(test.msg, test.off); !errors.Is(err, test.want) {
			t.Errorf("%s: got %q, %v, want %v", name, got, err, test.want)
		}
	}
}

func TestReadNameCompressed(t *testing.T) {
	msg := []byte{3, 'c', 'O', 'm', 0, 1, 'A', 0xC0, 0, 1, 'b', 0xC0, 5, 9}
	name, end, err := ReadName(msg, 9)
	if name != "b.a.com." || end != 13 || err != nil {
		t.Errorf("got %q, %d, %v, want b.a.com., 13", name, end, err)
	}
}

func TestNameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 20), 0, 10).Draw(t, "labels")
		var wire []byte
		for _, label := range labels {
			wire = append(append(wire, byte(len(label))), label...)
		}
		wire = append(wire, 0)
		name, end, err := ReadName(wire, 0)
		if err != nil || end != len(wire) {
			t.Fatalf("ReadName: got %d, %v, want %d", end, err, len(wire))
		}
		again, err := ParseName(string(name))
		if again != name || err != nil {
			t.Fatalf("ParseName(%q): got %q, %v", name, again, err)
		}
		if got := name.AppendWire(nil); !strings.EqualFold(lowered(got), lowered(wire)) || len(got) != name.WireLen() {
			t.Fatalf("AppendWire(%q): got %x of %d, want %x", name, got, name.WireLen(), wire)
		}
	})
}

// lowered writes bytes as text in which only ASCII capitals are changed.
func lowered(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = rune(c) + 0x2800 // no case beyond ASCII
	}
	return string(out)
}

// miscounted reports whether dns.IsFqdn gets the parity of the backslashes at
// the end of s wrong: it counts them from the first octet of the rune before,
// which may have several.
func miscounted(s string) bool {
	text := strings.TrimSuffix(s, ".")
	before := strings.TrimRight(text, `\`)
	return before != text && before != "" && before[len(before)-1] >= 0x80
}

// FuzzNameText compares the reading of presentation form with miekg/dns.
func FuzzNameText(f *testing.F) {
	for _, seed := range []string{"example.com", "EXAMPLE.com.", `a\.b`, `\000\255.x`, ".", "", "a..b", `\`, `\2`, "*.x", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := ParseName(s)
		buf := make([]byte, 600)
		end, theirErr := dns.PackDomainName(dns.Fqdn(s), buf, 0, nil, false)
		if err != nil {
			return // ours is the stricter
		}
		if miscounted(s) {
			return
		}
		if theirErr != nil || end > MaxNameOctets {
			t.Fatalf("ParseName(%q): got %q, want the error %v (%d octets)", s, name, theirErr, end)
		}
		if got, want := lowered(name.AppendWire(nil)), lowered(buf[:end]); got != want {
			t.Fatalf("wire of %q: got %q, want %q", s, got, want)
		}
	})
}

// FuzzNameWire compares the reading of wire form with miekg/dns.
func FuzzNameWire(f *testing.F) {
	for _, seed := range [][]byte{{0}, {1, 'a', 0}, {1, 'a', 0, 1, 'b', 0xC0, 0}, {0xC0, 0}, {0x41}, {63}} {
		f.Add(seed, 0)
	}
	f.Add([]byte{1, 'a', 0, 1, 'b', 0xC0, 0}, 3)
	f.Fuzz(func(t *testing.T, msg []byte, off int) {
		name, end, err := ReadName(msg, off)
		if err != nil {
			return
		}
		theirs, theirEnd, theirErr := dns.UnpackDomainName(msg, off)
		if theirErr != nil || asciiLower(theirs) != string(name) || theirEnd != end {
			t.Fatalf("ReadName(%x, %d): got %q, %d, want %q, %d, %v", msg, off, name, end, theirs, theirEnd, theirErr)
		}
		if again, err := ParseName(string(name)); err != nil || again != name {
			t.Fatalf("ParseName(%q): got %q, %v", name, again, err)
		}
	})
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
