package intent

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkFold folds at each publish: values of operators, over the plan of
// 10,000 endpoints and 300 locations.
func BenchmarkFold(b *testing.B) {
	for _, values := range []int{0, 300, 10000} {
		in := largeInput(values)
		b.Run(fmt.Sprint(values), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(in)
			}
		})
	}
}

// BenchmarkAdmit is what a command costs before it is written: its drafts and
// both folds.
func BenchmarkAdmit(b *testing.B) {
	in := largeInput(300)
	c := Command{Object: "location/l7", Property: DisableGateway, Text: "true"}
	for b.Loop() {
		drafts, _ := Drafts(c, in)
		if err := Admit(drafts, in, ID{1 << 40, nodeID(9)}); err != nil {
			b.Fatal(err)
		}
	}
}

func largeInput(values int) Input {
	in := Input{Plan: map[Target]string{}, MinEnabled: 1}
	for i := range 300 {
		in.Locations = append(in.Locations, LocationObject(fmt.Sprint("l", i)))
	}
	for i := range 10000 {
		in.Plan[Target{EndpointObject("p", fmt.Sprint(i)), EndpointStatus}] = "Enabled"
	}
	for i := range values {
		h := wordOf(i%9+1, Time(i+1), "Disabled", wordOf(i%7+1, 1, "true")).about(EndpointStatus, EndpointObject("p", fmt.Sprint(i/2)))
		switch i % 3 {
		case 1:
			h = h.lease(time.Hour, time.Duration(i))
		case 2:
			h = h.about(DisableGateway, in.Locations[i%len(in.Locations)])
			h.Text = "true"
		}
		in.Values = append(in.Values, h)
	}
	return in
}
