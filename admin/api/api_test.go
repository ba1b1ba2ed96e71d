package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

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
