package dnswire

import (
	"fmt"
	"strings"
)

// directive reads $ORIGIN and $TTL and refuses the others.
func (z *zoneText) directive(e entry, token, rest string) {
	arg, more := argument(rest)
	switch strings.ToUpper(token) {
	case "$INCLUDE", "$GENERATE":
		z.fail(e.line, 1, "%s is refused: write the records out", token)
	case "$ORIGIN":
		z.setOrigin(e.line, arg, more)
	case "$TTL":
		ttl, err := parseTTL(arg, more)
		if err != nil {
			z.fail(e.line, 0, "$TTL: %v", err)
			return
		}
		z.ttl = ttl
	default:
		z.fail(e.line, 1, "directive %q: want $ORIGIN or $TTL", token)
	}
}

func (z *zoneText) setOrigin(line int, arg, more string) {
	origin, err := z.absolute(arg)
	switch {
	case arg == "" || more != "":
		z.fail(line, 0, "$ORIGIN %q: want one name", strings.TrimSpace(arg+" "+more))
	case err != nil:
		z.fail(line, 0, "$ORIGIN: %v", err)
	case !origin.IsSubdomainOf(z.zone) && !z.zone.IsSubdomainOf(origin):
		z.fail(line, 0, "$ORIGIN %q: want a name at, below or above the zone %q", arg, z.zone)
	default:
		z.origin = origin
	}
}

// argument returns the first word of a directive's text and what follows it,
// comments left out.
func argument(text string) (arg, more string) {
	text, _, _ = strings.Cut(text, ";")
	words := strings.Fields(text)
	if len(words) == 0 {
		return "", ""
	}
	return words[0], strings.Join(words[1:], " ")
}

// parseTTL reads seconds, or numbers with the units s, m, h, d and w as in
// "1h30m".
func parseTTL(s, more string) (uint32, error) {
	if s == "" || more != "" {
		return 0, fmt.Errorf("TTL %q: want one value, 0 .. %d seconds", strings.TrimSpace(s+" "+more), MaxTTL)
	}
	var total, number uint64
	pending := false
	for i := range len(s) {
		c := s[i]
		if digit(c) {
			number, pending = number*10+uint64(c-'0'), true
		} else if unit := ttlUnit(c); unit > 0 && pending {
			total, number, pending = total+number*unit, 0, false
		} else {
			return 0, fmt.Errorf("TTL %q: want seconds, or units as in 1h30m", s)
		}
		if total+number > MaxTTL {
			return 0, fmt.Errorf("TTL %q: want 0 .. %d seconds", s, MaxTTL)
		}
	}
	return uint32(total + number), nil
}

func ttlUnit(c byte) uint64 {
	switch c | 0x20 {
	case 's':
		return 1
	case 'm':
		return 60
	case 'h':
		return 3600
	case 'd':
		return 86400
	case 'w':
		return 604800
	}
	return 0
}
