package intent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a value, in bytes where not said otherwise.
const (
	MaxFor      = 30 * 24 * time.Hour // lease
	MaxReason   = 500
	MaxDetail   = 16 << 10
	maxObject   = 200
	maxProperty = 32
	maxText     = 64
	maxBy       = 100
	maxSeen     = 512 // nodes
	maxBypass   = 8   // rules
	maxRule     = 64
)

// BypassMinEnabled lets a value leave fewer locations enabled than the plan's
// safety.minEnabledLocations.
const BypassMinEnabled = "minEnabledLocations"

// Validate says what is wrong with a value; one that comes from outside must
// pass it before anything else looks at it.
func (v Value) Validate() error {
	for _, check := range []func() error{v.Key.validate, v.checkID, v.checkText, v.checkLease, v.checkWords, v.checkDetail} {
		if err := check(); err != nil {
			return fmt.Errorf("value of %.260q: %w", v.Key, err)
		}
	}
	return nil
}

func (k Key) validate() error {
	if k.Object == "" || len(k.Object) > maxObject || !printable(string(k.Object)) {
		return fmt.Errorf("object %.60q: want 1 .. %d bytes of printable text", k.Object, maxObject)
	}
	if k.Layer >= layers {
		return fmt.Errorf("layer %d: want 0 .. %d", uint8(k.Layer), layers-1)
	}
	return k.Property.validate(k.Object.Kind())
}

func (v Value) checkID() error {
	if v.ID.Time == 0 {
		return fmt.Errorf("id %s: want a time after 1970", v.ID)
	}
	if len(v.Seen) > maxSeen {
		return fmt.Errorf("seen of %d nodes: want at most %d", len(v.Seen), maxSeen)
	}
	for node, t := range v.Seen {
		if err := node.validate(); err != nil || t == 0 {
			return fmt.Errorf("seen %.40q at %s: want a node id and a time after 1970", node, t)
		}
	}
	if v.Seen.Has(v.ID) {
		return fmt.Errorf("id %s: the author had already said something at %s", v.ID, v.Seen[v.ID.Node])
	}
	return v.ID.Node.validate()
}

func (v Value) checkText() error {
	if !v.Clear {
		return v.Property.check(v.Text)
	}
	if v.Text != "" {
		return fmt.Errorf("text %.80q: want none of a value that clears", v.Text)
	}
	return nil
}

// checkLease says whether the value lasts as long as its layer asks: for ever
// where it stands or clears, else for a while.
func (v Value) checkLease() error {
	switch forever := v.Layer == Standing || v.Clear; {
	case forever && v.For != 0:
		return fmt.Errorf("lease of %s: want none in the layer %s, nor of a value that clears", v.For, Standing)
	case !forever && (v.For <= 0 || v.For > MaxFor):
		return fmt.Errorf("lease of %s in the layer %s: want more than 0s, at most %s", v.For, v.Layer, MaxFor)
	}
	return nil
}

func (v Value) checkWords() error { return checkWords(v.By, v.Reason, v.Bypass) }

func checkWords(by, reason string, bypass []string) error {
	switch {
	case len(by) > maxBy || !printable(by):
		return fmt.Errorf("by %.120q: want at most %d bytes of printable text", by, maxBy)
	case len(reason) > MaxReason || !printable(reason):
		return fmt.Errorf("reason of %d bytes: want at most %d of printable text", len(reason), MaxReason)
	case len(bypass) > maxBypass:
		return fmt.Errorf("bypass of %d rules: want at most %d", len(bypass), maxBypass)
	case len(bypass) > 0 && strings.TrimSpace(reason) == "":
		return fmt.Errorf("bypass of %.80q: want a reason", bypass)
	}
	bad := func(rule string) bool { return len(rule) > maxRule || !letters(rule) }
	if i := slices.IndexFunc(bypass, bad); i >= 0 {
		return fmt.Errorf("bypass %.80q: want the name of a rule, 1 .. %d letters", bypass[i], maxRule)
	}
	return nil
}

func (v Value) checkDetail() error { return checkDetail(v.Detail) }

func checkDetail(detail json.RawMessage) error {
	if len(detail) > MaxDetail {
		return fmt.Errorf("detail of %d bytes: want at most %d", len(detail), MaxDetail)
	}
	if len(detail) > 0 && (!json.Valid(detail) || !utf8.Valid(detail)) {
		return fmt.Errorf("detail %.80q: want JSON", detail)
	}
	return nil
}

// printable reports whether a text is UTF-8 without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// letters reports whether a text is one or more ASCII letters.
func letters(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' }) < 0
}
