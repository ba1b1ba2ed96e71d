package api_test

import (
	"testing"
	"time"

	"meridian/admin/api"
)

// FuzzParseDuration: whatever is read is in range, and is read again from what
// Go writes of it.
func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"30m", "PT30M", "P1DT1H0.5S", "P1W", "PT", "P1M", "PT1e300H", "-1h", "P366D"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := api.ParseDuration(text)
		if err != nil {
			return
		}
		if d < time.Second || d > 366*24*time.Hour {
			t.Errorf("%q: got %v, want 1s to 366 days", text, d)
		}
		if again, err := api.ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%q: %v is read again as %v, %v", text, d, again, err)
		}
	})
}
