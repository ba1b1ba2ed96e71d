package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
)

func TestListIsNeverNull(t *testing.T) {
	for _, tt := range []struct {
		list api.List[int]
		want string
	}{{nil, "[]"}, {api.List[int]{}, "[]"}, {api.List[int]{1, 2}, "[1,2]"}} {
		if got, err := json.Marshal(tt.list); err != nil || string(got) != tt.want {
			t.Errorf("%#v: got %s, %v, want %s", tt.list, got, err, tt.want)
		}
	}
}

// TestStatuses is the one table from kinds to HTTP statuses.
func TestStatuses(t *testing.T) {
	for kind, want := range map[api.Kind]int{
		api.Invalid: 422, api.NotFound: 404, api.NotAllowed: 405, api.Forbidden: 403, api.Misdirected: 421, api.TooLarge: 413,
		api.Busy: 503, api.Unavailable: 503, api.Unsupported: 501, api.Timeout: 504, api.Internal: 500, api.Unknown: 500, "new": 500,
	} {
		if got := kind.Status(); got != want {
			t.Errorf("%s: got %d, want %d", kind, got, want)
		}
	}
}

func TestErrorf(t *testing.T) {
	err := fmt.Errorf("asking: %w", api.Errorf(api.NotFound, "target %q: no such", "x"))
	var got *api.Error
	if !errors.As(err, &got) || got.Kind != api.NotFound || got.Error() != `target "x": no such` {
		t.Errorf("got %+v from %v", got, err)
	}
}

func TestFaultText(t *testing.T) {
	f := &api.Fault{Status: 422, Detail: "validation failed", Errors: []api.FaultField{{Location: "query.limit", Message: "want at least 1", Value: 0}, {Message: "and this"}}}
	if want := `validation failed: query.limit: want at least 1 (got "0"); and this`; f.Error() != want {
		t.Errorf("got %q, want %q", f.Error(), want)
	}
	if f.GetStatus() != 422 || f.ContentType("application/json") != "application/problem+json" {
		t.Errorf("got %d %q", f.GetStatus(), f.ContentType("application/json"))
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30m": 30 * time.Minute, "PT30M": 30 * time.Minute, "P1DT1H": 25 * time.Hour, "P1W": 7 * 24 * time.Hour,
		"1.5h": 90 * time.Minute, "PT0.5H": 30 * time.Minute, "1s": time.Second, "P366D": 366 * 24 * time.Hour,
	} {
		if got, err := api.ParseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "0", "soon", "999ms", "-1h", "P", "PT", "P1M", "PT1S1M", "P-1D", "PTnanH", "PT1e300H", "P367D", "8785h", "p1d"} {
		if got, err := api.ParseDuration(bad); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) {
			t.Errorf("%q: got %v, %v, want an error that quotes it", bad, got, err)
		}
	}
}

func TestParseShare(t *testing.T) {
	for text, want := range map[string]int{"20%": 819, "100%": 4096, "0.025%": 1, "50%": 2048} {
		if got, err := api.ParseShare(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d of 4096", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "20", "0%", "-1%", "100.1%", "NaN%", "0.001%", "%"} {
		if got, err := api.ParseShare(bad); err == nil {
			t.Errorf("%q: got %d, want an error", bad, got)
		}
	}
}
