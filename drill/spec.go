package drill

import (
	"encoding/json"
	"fmt"
	"time"

	"meridian/routing"
)

// MaxSpec is the most bytes that an encoded Spec may have: it travels as the
// detail of a value.
const MaxSpec = 16 << 10

// Mode says what happens to requests that still come to the drilled location.
type Mode string

// The modes.
const (
	Drain Mode = "drain" // late requests are relayed to where they belong now
	Loss  Mode = "loss"  // late requests are refused with 503, as a dead region would
)

// Spec is what is asked of one drill.
type Spec struct {
	ID         string               `json:"id"`                 // lower case letters, digits and hyphens, ≤ 63
	Schedule   string               `json:"schedule,omitempty"` // name of the schedule that started it; "" when a person did
	Location   routing.LocationName `json:"location"`
	Mode       Mode                 `json:"mode"`
	For        time.Duration        `json:"for"`             // 1 s .. 24 h
	Share      float64              `json:"share,omitempty"` // of the location's clients that go, (0,1]; 0: all
	Hypothesis Hypothesis           `json:"hypothesis,omitzero"`
	Signals    Signals              `json:"signals,omitzero"`
	Force      bool                 `json:"force,omitempty"` // refusals that may be overruled only warn
	Reason     string               `json:"reason,omitempty"`
	By         string               `json:"by,omitempty"`
}

// Hypothesis is what the operator expects of the drill. A nil limit claims
// nothing.
type Hypothesis struct {
	MaxErrorRate    *float64 `json:"maxErrorRate,omitempty"`    // of all requests, [0,1]
	MaxErrors       *uint64  `json:"maxErrors,omitempty"`       // requests that failed
	MaxShiftSeconds *float64 `json:"maxShiftSeconds,omitempty"` // age by which 95 % of the late requests had come
	MaxP99Millis    *float64 `json:"maxP99Millis,omitempty"`    // of requests during the drill
}

// Signals are what stops a drill.
type Signals struct {
	Block []Signal `json:"block,omitempty"` // read once, before it begins: a red one refuses it
	Abort []Signal `json:"abort,omitempty"` // read all the time: a red one ends it
}

// Portion is the part of the location's clients that go, in (0,1].
func (s Spec) Portion() float64 {
	if s.Share == 0 {
		return 1
	}
	return s.Share
}

// Encode returns the JSON of a valid spec, at most MaxSpec bytes.
func (s Spec) Encode() (json.RawMessage, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("encoding drill %q: %w", s.ID, err)
	}
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encoding drill %q: %w", s.ID, err)
	}
	if len(data) > MaxSpec {
		return nil, fmt.Errorf("encoding drill %q: %d bytes, at most %d", s.ID, len(data), MaxSpec)
	}
	return data, nil
}

// tidy returns the signals without lists that have nothing in them, which are not
// written.
func (s Signals) tidy() Signals {
	if len(s.Block) == 0 {
		s.Block = nil
	}
	if len(s.Abort) == 0 {
		s.Abort = nil
	}
	return s
}

// DecodeSpec reads what Encode wrote. Fields that it does not know are left
// out; everything else is checked.
func DecodeSpec(data []byte) (Spec, error) {
	if len(data) > MaxSpec {
		return Spec{}, fmt.Errorf("decoding drill: %d bytes, at most %d", len(data), MaxSpec)
	}
	var s Spec
	if err := json.Unmarshal(data, &s); err != nil {
		return Spec{}, fmt.Errorf("decoding drill: %w", err)
	}
	if err := s.Validate(); err != nil {
		return Spec{}, fmt.Errorf("decoding drill %q: %w", s.ID, err)
	}
	s.Signals = s.Signals.tidy()
	return s, nil
}
