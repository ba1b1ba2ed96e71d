package configs

import (
	"encoding/json"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// TestJSONIsRead: any JSON string, laid out with tabs, comes through the YAML
// parser as it was.
func TestJSONIsRead(t *testing.T) {
	read := func(text string) (string, error) {
		var out []string
		err := yaml.Load(yamlText([]byte(text)), &out)
		if err != nil || len(out) != 1 {
			return "", err
		}
		return out[0], nil
	}
	for text, want := range map[string]string{
		"[\t\"a\"\t]":                       "a",
		`["\ud83d\ude00"]`:                  "😀",
		`["x\uD83D\uDE00\ud83d\ude01y"]`:    "x😀😁y",
		`["\\ud83d\\ude00"]`:                `\ud83d\ude00`,
		`["\u00e4\/\"\\"]`:                  `ä/"\`,
		"[\"a\u0085b\u2028c\u2029d\"]":      "a\u0085b\u2028c\u2029d",
		"[\n\t\"\\ud83d\\ude00\\t\\\\\"\n]": "😀\t\\",
	} {
		if got, err := read(text); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", text, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text")
		data, err := json.Marshal([]string{want})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read("\t" + string(data)); err != nil || got != want {
			t.Fatalf("%s: got %q, %v; want %q", data, got, err, want)
		}
	})
}
