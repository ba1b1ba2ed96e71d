package node

import (
	"testing"

	"meridian/intent"
)

// TestUnordered: an event says what counts once no operator says anything, in
// words that fit what it is about.
func TestUnordered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		property   intent.Property
		plan, want string
	}{
		{intent.BackendStatus, "Enabled", "Enabled, as the plan says"},
		{intent.Breaker, "", "what its rule makes it"},
		{intent.Verdict, "", "what probes find"},
	} {
		if got := unordered(tt.property, tt.plan); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.property, got, tt.want)
		}
	}
}
