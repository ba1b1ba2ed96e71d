package configs

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// textual is a type of its own that a document writes as one value.
type textual interface {
	set(tag, text string) error // the error says what is wrong, not what is wanted
	want() string
}

// Toggle is Azure's Enabled or Disabled; true and false are taken too.
type Toggle uint8

// The zero Toggle is one the document leaves out.
const (
	Unset Toggle = iota
	Enabled
	Disabled
)

func (t *Toggle) set(_, text string) error {
	known := map[string]Toggle{"Enabled": Enabled, "true": Enabled, "Disabled": Disabled, "false": Disabled}
	if *t = known[text]; *t == Unset {
		return errors.New(quote(text))
	}
	return nil
}

func (Toggle) want() string { return "Enabled or Disabled" }

// MarshalText implements encoding.TextMarshaler.
func (t Toggle) MarshalText() ([]byte, error) {
	return []byte([...]string{"", "Enabled", "Disabled"}[t]), nil
}

// Duration is a length of time, written as PT2M30S or 2m30s.
type Duration time.Duration

// maxDuration is the longest Duration.
const maxDuration = 366 * 24 * time.Hour

func (d *Duration) set(_, text string) error {
	parsed, err := parseDuration(text)
	if err != nil {
		return err
	}
	*d = Duration(parsed)
	return nil
}

func (Duration) want() string { return "a duration such as 30s, 2m or PT2M, 0 .. 366 days" }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Ignored is a value that is taken and dropped: what Azure answers and users
// paste back.
type Ignored struct{}

func (*Ignored) set(_, _ string) error { return nil }

func (Ignored) want() string { return "a single value; it is ignored" }

// MarshalJSON implements json.Marshaler.
func (Ignored) MarshalJSON() ([]byte, error) { return json.Marshal(nil) }

// parseWhole reads a decimal whole number without leading zeros.
func parseWhole(text string) (int, bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || len(digits) > 1 && digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// quote returns text for an error message, cut where it is long.
func quote(text string) string {
	const longest = 80
	if runes := []rune(text); len(runes) > longest {
		return strconv.Quote(string(runes[:longest])) + "…"
	}
	return strconv.Quote(text)
}
