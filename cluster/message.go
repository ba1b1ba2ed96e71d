package cluster

import (
	"encoding/binary"
	"fmt"
	"time"
)

// maxAge is what ages are clamped to: more than any lease, and far from the
// end of time.Duration.
const maxAge = 50 * 365 * 24 * time.Hour

// appendMessage writes a record with its age in whole milliseconds. Rounding
// is down: a record that travels in circles does not grow older than it is.
func appendMessage(b []byte, age time.Duration, raw []byte) []byte {
	b = binary.AppendUvarint(b, uint64(clampAge(age)/time.Millisecond))
	return append(b, raw...)
}

// cutMessage reads a message. The record shares its memory.
func cutMessage(message []byte) (age time.Duration, raw []byte, err error) {
	ms, n := binary.Uvarint(message)
	if n <= 0 {
		return 0, nil, fmt.Errorf("message of %d bytes: %w: no age", len(message), ErrMalformed)
	}
	if len(message)-n > MaxRecord {
		return 0, nil, fmt.Errorf("message of %d bytes: %w: want a record of at most %d", len(message), ErrMalformed, MaxRecord)
	}
	return clampAge(time.Duration(min(ms, uint64(maxAge/time.Millisecond))) * time.Millisecond), message[n:], nil
}

// clampAge returns an age that can be reckoned with: 0 .. maxAge.
func clampAge(age time.Duration) time.Duration {
	return min(max(age, 0), maxAge)
}
