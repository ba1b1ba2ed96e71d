package drill

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Fetcher fetches a URL of a signal. The body may be cut; ctx bounds the time.
type Fetcher interface {
	Fetch(ctx context.Context, url string) (status int, body []byte, err error)
}

// Metrics answers a metric query of a signal with one number.
type Metrics interface {
	Value(ctx context.Context, query string) (float64, error)
}

// Reading is what a signal showed at one time.
type Reading struct {
	Signal string    `json:"signal"`
	Green  bool      `json:"green"`
	Text   string    `json:"text"` // what was seen and what was wanted
	At     time.Time `json:"at"`
}

var (
	errNoFetcher = errors.New("this node cannot fetch URLs")
	errNoMetrics = errors.New("this node cannot read metrics")
)

// Reader reads signals. A nil member makes its signals red.
type Reader struct {
	Fetcher Fetcher
	Metrics Metrics
}

// Read reads one signal, within its timeout.
func (r Reader) Read(ctx context.Context, s Signal) Reading {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	green, text := r.look(ctx, s)
	return Reading{Signal: s.Name, Green: green, Text: clip(text, maxText), At: time.Now()}
}

// ReadAll reads signals at the same time and returns them in their order.
func (r Reader) ReadAll(ctx context.Context, list []Signal) []Reading {
	out := make([]Reading, len(list))
	done := make(chan struct{})
	for i, s := range list {
		go func() {
			out[i] = r.Read(ctx, s)
			done <- struct{}{}
		}()
	}
	for range list {
		<-done
	}
	return out
}

func (r Reader) look(ctx context.Context, s Signal) (green bool, text string) {
	if s.URL != "" {
		return r.fetch(ctx, s)
	}
	return r.measure(ctx, s)
}

func (r Reader) fetch(ctx context.Context, s Signal) (green bool, text string) {
	status, err := 0, errNoFetcher
	if r.Fetcher != nil {
		status, _, err = r.Fetcher.Fetch(ctx, s.URL)
	}
	if err != nil {
		return false, fmt.Sprintf("%s cannot be read: %v", s.URL, err)
	}
	return status == s.status(), fmt.Sprintf("%s answers %d, wanted %s", s.URL, status, s.wanted())
}

func (r Reader) measure(ctx context.Context, s Signal) (green bool, text string) {
	v, err := 0.0, errNoMetrics
	if r.Metrics != nil {
		v, err = r.Metrics.Value(ctx, s.Metric)
	}
	if err != nil {
		return false, fmt.Sprintf("%s cannot be read: %v", s.Metric, err)
	}
	return s.green(v), fmt.Sprintf("%s is %s, wanted %s", s.Metric, digits(v), s.wanted())
}

// digits writes a number with up to four significant digits.
func digits(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
