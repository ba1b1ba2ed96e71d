package configs

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseDuration reads 0, a Go duration (2m30s) or an ISO 8601 one (PT2M30S,
// P1DT12H) without years and months, whose length varies.
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if strings.HasPrefix(text, "P") {
		d, err = parseISODuration(text)
	}
	if err != nil {
		return 0, fmt.Errorf("%s is not a duration", quote(text))
	}
	if d < 0 || d > maxDuration {
		return 0, fmt.Errorf("%s is out of range", quote(text))
	}
	return d, nil
}

// isoUnits lists the designators of one part of an ISO 8601 duration, in the
// order in which they may come.
type isoUnits struct {
	letters string
	lengths []time.Duration
}

func parseISODuration(text string) (time.Duration, error) {
	date, clock, timed := strings.Cut(text[1:], "T")
	if date == "" && clock == "" || timed && clock == "" {
		return 0, strconv.ErrSyntax
	}
	days, err := isoUnits{"WD", []time.Duration{7 * 24 * time.Hour, 24 * time.Hour}}.sum(date)
	if err != nil {
		return 0, err
	}
	rest, err := isoUnits{"HMS", []time.Duration{time.Hour, time.Minute, time.Second}}.sum(clock)
	return days + rest, err
}

func (u isoUnits) sum(text string) (time.Duration, error) {
	var total time.Duration
	next := 0
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end <= 0 {
			return 0, strconv.ErrSyntax
		}
		unit := strings.IndexByte(u.letters, text[end])
		n, err := strconv.ParseFloat(text[:end], 64)
		if err != nil || unit < next || n*float64(u.lengths[unit]) > float64(maxDuration) {
			return 0, strconv.ErrSyntax
		}
		total += time.Duration(n * float64(u.lengths[unit]))
		next = unit + 1
		text = text[end+1:]
	}
	return total, nil
}
