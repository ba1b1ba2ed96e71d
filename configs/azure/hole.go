package azure

import "strings"

// A hole is the part of a text that only Azure could fill in: it stands between
// two NUL characters and says why. A text that is one hole is an unknown value
// of any type.

// hole returns the text of an unknown value.
func hole(why string) string { return "\x00" + strings.ReplaceAll(why, "\x00", "") + "\x00" }

// holed reports whether a text has a hole.
func holed(text string) bool { return strings.Contains(text, "\x00") }

// isHole reports whether a value is unknown as a whole.
func isHole(v any) bool {
	text, ok := v.(string)
	return ok && strings.HasPrefix(text, "\x00") && strings.Count(text, "\x00") == 2 && strings.HasSuffix(text, "\x00")
}

// whyHole returns why the first hole of a text is one.
func whyHole(text string) string {
	_, rest, _ := strings.Cut(text, "\x00")
	why, _, _ := strings.Cut(rest, "\x00")
	return why
}

// holeIn returns why a value is not known in full; empty where it is.
func holeIn(v any) string {
	switch v := v.(type) {
	case string:
		if holed(v) {
			return whyHole(v)
		}
	case []any:
		for _, item := range v {
			if why := holeIn(item); why != "" {
				return why
			}
		}
	case map[string]any:
		for _, key := range (node{v: v}).keys() {
			if why := holeIn(v[key]); why != "" {
				return why
			}
		}
	}
	return ""
}
