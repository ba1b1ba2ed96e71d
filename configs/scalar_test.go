package configs

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "30s": 30 * time.Second, "2m30s": 150 * time.Second, "1.5h": 90 * time.Minute,
		"PT2M": 2 * time.Minute, "PT1H30M5S": time.Hour + 30*time.Minute + 5*time.Second, "P1D": 24 * time.Hour,
		"P1DT12H": 36 * time.Hour, "P2W": 14 * 24 * time.Hour, "PT0.5S": 500 * time.Millisecond, "PT0S": 0,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "30", "P", "PT", "P1", "PT5", "P1Y", "P1M", "PTM", "PT1M1H", "PT1S1S", "P1H", "PT1D", "-5s", "-PT5S", "PT-5S",
		"PT1.2.3S", "PT1e9S", "367d", "P367D", "9000h", "PT99999999999999999999S", "P1DT", "pt5s",
	} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q: got %v; want an error", text, got)
		}
	}
}

// TestDurationsComeBack: what a duration is written as is read as the same.
func TestDurationsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Range(0, int64(maxDuration)).Draw(t, "duration"))
		text, err := d.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Duration
		if err := back.set("!!str", string(text)); err != nil || back != d {
			t.Fatalf("%s: got %d, %v; want %d", text, back, err, d)
		}
	})
}

func TestParseWhole(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "7": 7, "-7": -7, "2147483647": 2147483647} {
		if got, ok := parseWhole(text); !ok || got != want {
			t.Errorf("%s: got %d, %t; want %d, true", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", "+7", "07", "0x7", "7.0", "1e3", "1_000", " 7", "99999999999999999999"} {
		if got, ok := parseWhole(text); ok {
			t.Errorf("%q: got %d; want it refused", text, got)
		}
	}
}

func TestExpand(t *testing.T) {
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"A": "1", "EMPTY": "", "B_2": "${A}"}[name]
		return value, ok
	}
	for text, want := range map[string]string{
		"plain $ {A}": "plain $ {A}", "${A}": "1", "x${A}y${A}z": "x1y1z", "${B_2}": "${A}",
		"${EMPTY}": "", "${EMPTY:-d}": "d", "${NONE:-d:-e}": "d:-e", "${NONE:-}": "",
	} {
		if got, err := expand(text, env); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"${NONE}", "${", "${A", "${}", "${1A}", "${A-B}", "${:-x}"} {
		if got, err := expand(text, env); err == nil {
			t.Errorf("%s: got %q; want an error", text, got)
		}
	}
}

func TestMeant(t *testing.T) {
	words := []string{"weight", "priority", "ttl"}
	for word, want := range map[string]string{
		"wieght": ` (did you mean "weight"?)`, "TTL": ` (did you mean "ttl"?)`, "weigh": ` (did you mean "weight"?)`, "colour": "", "tt": ` (did you mean "ttl"?)`, "x": "",
	} {
		if got := meant(word, words); got != want {
			t.Errorf("%s: got %q; want %q", word, got, want)
		}
	}
}

func TestCaret(t *testing.T) {
	for _, c := range []struct {
		line   string
		column int
		want   string
	}{
		{"abc", 2, "    abc\n     ^\n"},
		{"abc", 9, "    abc\n       ^\n"},
		{"\tä\x1bc", 3, "     ä c\n      ^\n"},
		{"", 1, ""},
	} {
		if got := caret(c.line, c.column); got != c.want {
			t.Errorf("%q, column %d: got %q; want %q", c.line, c.column, got, c.want)
		}
	}
}
