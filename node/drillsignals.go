package node

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// signalFetcher implements drill.Fetcher. Redirects are answers.
type signalFetcher struct{}

// maxSignalBody is the most bytes read of a signal's answer.
const maxSignalBody = 64 << 10

// Fetch asks a URL.
func (signalFetcher) Fetch(ctx context.Context, url string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read only
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxSignalBody))
	return resp.StatusCode, body, err
}

// signalMetrics implements drill.Metrics over this node's own metrics: a name,
// or a name with labels as /metrics writes them. What matches is added up.
type signalMetrics struct{ *Node }

// Value returns the value of a metric.
func (n signalMetrics) Value(_ context.Context, query string) (float64, error) {
	name, labels, err := parseMetric(query)
	if err != nil {
		return 0, err
	}
	families, err := n.gatherer().Gather()
	if err != nil {
		return 0, fmt.Errorf("gathering metrics: %w", err)
	}
	sum, found := 0.0, false
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if matches(m, labels) {
				sum, found = sum+valueOf(m), true
			}
		}
	}
	if !found {
		return 0, fmt.Errorf("metric %q: this node has none of that name and labels", query)
	}
	return sum, nil
}

// parseMetric takes name{label="value",...} apart.
func parseMetric(query string) (name string, labels map[string]string, err error) {
	name, rest, labelled := strings.Cut(strings.TrimSpace(query), "{")
	if !labelled {
		return name, nil, nil
	}
	rest, ok := strings.CutSuffix(rest, "}")
	if !ok {
		return "", nil, fmt.Errorf("metric %q: want name or name{label=\"value\",...}", query)
	}
	labels = map[string]string{}
	for pair := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(pair, "=")
		if value = strings.TrimSpace(value); !ok || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			return "", nil, fmt.Errorf("metric %q: %q: want label=\"value\"", query, pair)
		}
		labels[strings.TrimSpace(key)] = value[1 : len(value)-1]
	}
	return name, labels, nil
}

func matches(m *dto.Metric, labels map[string]string) bool {
	found := 0
	for _, l := range m.GetLabel() {
		want, asked := labels[l.GetName()]
		if asked && want != l.GetValue() {
			return false
		}
		if asked {
			found++
		}
	}
	return found == len(labels)
}

// valueOf is a metric as one number: of histograms and summaries the count.
func valueOf(m *dto.Metric) float64 {
	switch {
	case m.GetCounter() != nil:
		return m.GetCounter().GetValue()
	case m.GetGauge() != nil:
		return m.GetGauge().GetValue()
	case m.GetHistogram() != nil:
		return float64(m.GetHistogram().GetSampleCount())
	case m.GetSummary() != nil:
		return float64(m.GetSummary().GetSampleCount())
	default:
		return m.GetUntyped().GetValue()
	}
}
