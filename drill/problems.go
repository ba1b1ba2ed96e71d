package drill

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// problems collects everything that is wrong with a document.
type problems struct{ list []error }

func (p *problems) add(bad bool, format string, args ...any) {
	if bad {
		p.list = append(p.list, fmt.Errorf(format, args...))
	}
}

func (p *problems) err() error { return errors.Join(p.list...) }

// span wants low ≤ d ≤ high.
func (p *problems) span(field string, d, low, high time.Duration) {
	p.add(d < low || d > high, "%s: %s is outside of %s .. %s", field, d, low, high)
}

// number wants low ≤ *v ≤ high where v is not nil.
func (p *problems) number(field string, v *float64, low, high float64) {
	p.add(v != nil && !(*v >= low && *v <= high), "%s: %v is outside of %v .. %v", field, value(v), low, high)
}

func value(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// label wants 1 to 63 lower case letters, digits and hyphens.
func (p *problems) label(field, s string) {
	p.add(!isLabel(s), "%s: %q, want 1 to 63 lower case letters, digits and hyphens", field, clip(s, 80))
}

func isLabel(s string) bool {
	return len(s) >= 1 && len(s) <= 63 && !strings.ContainsFunc(s, notLabel)
}

func notLabel(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
}

// text wants UTF-8 of one line and at most limit bytes.
func (p *problems) text(field, s string, limit int) {
	p.add(len(s) > limit, "%s: %d bytes, at most %d", field, len(s), limit)
	p.add(!utf8.ValidString(s), "%s: %q is not UTF-8", field, clip(s, 80))
	p.add(strings.ContainsFunc(s, unprintable), "%s: %q has control characters", field, clip(s, 80))
}

// clip cuts s to n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
