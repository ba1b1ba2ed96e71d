package api

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxDuration is the longest time an order may be for.
const maxDuration = 366 * 24 * time.Hour

// ParseDuration reads how long something is for: a Go duration (2m30s) or an
// ISO 8601 one (PT2M30S, P1DT12H) without years and months, whose length
// varies; 1 s to 366 days.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if rest, iso := strings.CutPrefix(text, "P"); iso {
		d, err = parseISO(rest)
	}
	if err != nil {
		return 0, fmt.Errorf("duration %.40q: want one like 30m, PT30M or P1D", text)
	}
	if d < time.Second || d > maxDuration {
		return 0, fmt.Errorf("duration %.40q: want 1s to %.0f days", text, maxDuration.Hours()/24)
	}
	return d, nil
}

// designator is a letter of an ISO 8601 duration, and what it counts.
type designator struct {
	letter byte
	length time.Duration
}

// parseISO reads an ISO 8601 duration behind its P.
func parseISO(text string) (time.Duration, error) {
	date, clock, timed := strings.Cut(text, "T")
	if text == "" || timed && clock == "" {
		return 0, strconv.ErrSyntax
	}
	days, err := sumISO(date, []designator{{'W', 7 * 24 * time.Hour}, {'D', 24 * time.Hour}})
	if err != nil {
		return 0, err
	}
	rest, err := sumISO(clock, []designator{{'H', time.Hour}, {'M', time.Minute}, {'S', time.Second}})
	return days + rest, err
}

// sumISO adds up one part of an ISO 8601 duration; each letter may come once, in
// this order.
func sumISO(text string, letters []designator) (total time.Duration, err error) {
	for _, d := range letters {
		number, rest, found := strings.Cut(text, string(d.letter))
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n >= 0 && n*float64(d.length) <= float64(maxDuration)) {
			return 0, strconv.ErrSyntax
		}
		total += time.Duration(n * float64(d.length))
		text = rest
	}
	if text != "" {
		return 0, strconv.ErrSyntax
	}
	return total, nil
}

// Shares is how finely shares of clients are set: in parts of 4096.
const Shares = 4096

// ParseShare reads a share of the clients, "20%", in parts of Shares; more than
// 0 % and at most 100 %.
func ParseShare(text string) (int, error) {
	number, found := strings.CutSuffix(text, "%")
	percent, err := strconv.ParseFloat(number, 64)
	parts := math.Round(percent / 100 * Shares)
	if !found || err != nil || !(percent > 0 && percent <= 100) || parts < 1 {
		return 0, fmt.Errorf("share %.40q: want one like 20%%, more than 0%% (at least 0.025%%) and at most 100%%", text)
	}
	return int(parts), nil
}
