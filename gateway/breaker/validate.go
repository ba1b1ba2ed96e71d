package breaker

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Validate returns everything that is wrong with a rule of a document, joined:
// each names the field, its value and the allowed range.
func (r Rule) Validate() error {
	errs := []error{
		within("count", r.Count, 0, maxCount),
		within("percentage", r.Percentage, 0, 100),
		within("minimum volume", r.MinimumVolume, 0, math.MaxInt32),
		within("interval", r.Interval, 1, maxTime),
		within("trip duration", r.TripDuration, 1, maxTime),
		within("number of status ranges", len(r.Statuses), 0, maxRanges),
	}
	if (r.Count == 0) == (r.Percentage == 0) {
		errs = append(errs, fmt.Errorf("count %d and percentage %d: exactly one of them is needed", r.Count, r.Percentage))
	}
	if r.FailureStatus != 0 {
		errs = append(errs, within("failure status", r.FailureStatus, 100, 599))
	}
	for _, s := range r.Statuses {
		errs = append(errs, s.validate())
	}
	if r.HalfOpen != nil {
		errs = append(errs, r.HalfOpen.validate())
	}
	return errors.Join(errs...)
}

func (s Range) validate() error {
	if s.Min < 200 || s.Max > 599 || s.Min > s.Max {
		return fmt.Errorf("status range %d to %d: allowed is 200 to 599, the smaller first", s.Min, s.Max)
	}
	return nil
}

func (h Recovery) validate() error {
	return errors.Join(
		within("probes", h.Probes, 0, maxProbes),
		within("successes", h.Successes, 0, maxCount),
		within("lease", h.Lease, 0, maxTime),
		within("ramp", h.Ramp, 0, maxTime),
	)
}

func within[T int | time.Duration](what string, v, lowest, highest T) error {
	if v < lowest || v > highest {
		return fmt.Errorf("%s %v: allowed is %v to %v", what, v, lowest, highest)
	}
	return nil
}
