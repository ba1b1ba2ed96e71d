package breaker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrRowFormat is returned for bytes that are no encoded row.
var ErrRowFormat = errors.New("malformed row of breakers")

const (
	rowFormat   = 1
	maxRowText  = 96
	maxRowName  = 255
	maxRowAgo   = uint64(10 * maxTime / time.Millisecond)
	maxOmitted  = 1 << 20
	flagState   = 7      // of an entry's flags: its state
	flagOff     = 1 << 3 // it is disabled
	flagFailure = 1 << 4 // it has a last error
)

// EncodeRow writes what there is to tell at now, in at most limit bytes. Who is
// calm is left out, and what there is no room for is counted.
func EncodeRow(entries []Entry, limit int, now time.Time) []byte {
	var body []byte
	left := 0
	limit -= 1 + binary.MaxVarintLen32 // the front
	for _, e := range sorted(entries) {
		if e.Calm() {
			continue
		}
		if one := e.encode(now); left == 0 && len(body)+len(one) <= limit {
			body = append(body, one...)
		} else {
			left++
		}
	}
	front := binary.AppendUvarint([]byte{rowFormat}, uint64(min(left, maxOmitted))) //nolint:gosec // not negative
	return append(front, body...)
}

func (e *Entry) encode(now time.Time) []byte {
	flags := byte(e.State) & flagState
	if e.Disabled {
		flags |= flagOff
	}
	if !e.LastError.At.IsZero() {
		flags |= flagFailure
	}
	b := append(appendText(nil, e.Backend, maxRowName), flags)
	b = appendSpan(b, e.Since, now.Sub(e.Since))
	b = appendSpan(b, e.Until, e.Until.Sub(now))
	b = appendCount(b, e.Failures)
	b = appendCount(b, e.Attempts)
	b = appendText(b, e.Cause, maxRowText)
	if flags&flagFailure == 0 {
		return b
	}
	b = appendSpan(b, e.LastError.At, now.Sub(e.LastError.At))
	b = appendCount(b, e.LastError.Status)
	b = append(b, byte(e.LastError.Reason))
	return appendText(b, e.LastError.Detail, maxRowText)
}

// appendText writes s, cut at a character to at most limit bytes, which are 255
// at most.
func appendText(b []byte, s string, limit int) []byte {
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return append(append(b, byte(len(s))), s...)
}

// appendSpan writes the time between now and t, in ms and one more; 0 where t is
// zero.
func appendSpan(b []byte, t time.Time, d time.Duration) []byte {
	if t.IsZero() {
		return binary.AppendUvarint(b, 0)
	}
	return binary.AppendUvarint(b, min(uint64(max(0, d)/time.Millisecond), maxRowAgo)+1)
}

func appendCount(b []byte, n int) []byte {
	return binary.AppendUvarint(b, uint64(max(0, n))) //nolint:gosec // not negative
}

// DecodeRow reads what EncodeRow wrote at a time that is now by the reader's
// clock.
func DecodeRow(data []byte, now time.Time) (Row, error) {
	if len(data) > MaxRow {
		return Row{}, fmt.Errorf("%w of %d bytes: want at most %d", ErrRowFormat, len(data), MaxRow)
	}
	d := rowDecoder{rest: data, now: now}
	if d.octet() != rowFormat {
		return Row{}, fmt.Errorf("%w of %d bytes: unknown format", ErrRowFormat, len(data))
	}
	r := Row{Omitted: d.count()}
	for len(d.rest) > 0 {
		e := d.entry()
		if d.broken || e.Backend == "" || e.State > ForcedClosed {
			return Row{}, fmt.Errorf("%w of %d bytes: entry %d: want a name, a state and all that follows", ErrRowFormat, len(data), len(r.Entries))
		}
		r.Entries = append(r.Entries, e)
	}
	if d.broken {
		return Row{}, fmt.Errorf("%w of %d bytes: cut short", ErrRowFormat, len(data))
	}
	return r, nil
}

// rowDecoder takes values off the front of an encoded row. Once it was short
// everything it gives is zero.
type rowDecoder struct {
	rest   []byte
	now    time.Time
	broken bool
}

func (d *rowDecoder) entry() (e Entry) {
	e.Backend = d.text()
	flags := d.octet()
	e.State, e.Disabled = State(flags&flagState), flags&flagOff != 0
	e.Share = share(e.State)
	e.Since, e.Until = d.moment(-1), d.moment(1)
	e.Failures, e.Attempts = d.count(), d.count()
	e.Cause = d.text()
	if flags&flagFailure == 0 {
		return e
	}
	e.LastError = Failure{At: d.moment(-1), Status: d.count(), Reason: Reason(d.octet()), Detail: d.text()}
	return e
}

func (d *rowDecoder) take(n int) []byte {
	if n > len(d.rest) {
		d.rest, d.broken = nil, true
		return nil
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out
}

func (d *rowDecoder) octet() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *rowDecoder) text() string { return string(d.take(int(d.octet()))) }

func (d *rowDecoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.rest, d.broken = nil, true
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads a number of things; more than anybody has counts as that.
func (d *rowDecoder) count() int { return int(min(d.uvarint(), 1<<31-1)) } //nolint:gosec // it fits

// moment reads a time, before now or, with sign 1, after it.
func (d *rowDecoder) moment(sign int64) time.Time {
	v := d.uvarint()
	if v == 0 {
		return time.Time{}
	}
	ms := int64(min(v-1, maxRowAgo)) //nolint:gosec // it fits
	return d.now.Add(time.Duration(sign*ms) * time.Millisecond)
}
