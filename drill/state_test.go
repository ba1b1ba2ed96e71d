package drill

import (
	"testing"

	"meridian/routing"
)

func TestYields(t *testing.T) {
	const (
		off, ill, drilled, up = routing.TierOff, routing.TierDegraded, routing.TierDrill, routing.TierAvailable
	)
	for _, c := range []struct {
		name      string
		own, a, b routing.Tier
		want      bool
	}{
		{"others are up", drilled, up, up, false},
		{"one other is up", drilled, ill, up, false},
		{"C16: the last other fails", drilled, ill, ill, true},
		{"the others are off", drilled, off, off, true},
		{"the others are in drills", drilled, drilled, off, true},
		{"everything is ill, this one too", ill, ill, ill, true},
		{"an operator switched it off meanwhile", off, ill, ill, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			why, got := Yields("west", []Member{{"west", c.own}, {"east", c.a}, {"europe", c.b}})
			if got != c.want || got && why != "none of the 2 other locations is available" {
				t.Errorf("got %v, %q, want %v", got, why, c.want)
			}
		})
	}
}
