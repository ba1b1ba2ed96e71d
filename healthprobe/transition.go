package healthprobe

import (
	"time"

	"meridian/routing"
)

// Transition is a change of a verdict.
type Transition struct {
	Target   TargetID
	Old, New routing.Health
	Reason   Reason    // of the probe that decided; released where an operator did
	Detail   string    // the same in words
	First    time.Time // start of the first probe of the streak: the first failed probe of a way down
	Count    int       // length of the streak
	At       time.Time // when the verdict changed
}

// ReasonReleased is the reason of a way up that an operator opened.
const ReasonReleased Reason = "released"
