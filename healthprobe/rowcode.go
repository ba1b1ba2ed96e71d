package healthprobe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"meridian/routing"
)

// ErrRowFormat is returned for bytes that are no encoded row.
var ErrRowFormat = errors.New("malformed row")

const (
	rowFormat  = 1
	maxRowText = 255 // bytes of a text inside an encoded row
	maxReasons = 128 // reasons in one encoded row

	// maxEntry is the most bytes one encoded entry takes: hash, flags, reason,
	// three ages.
	maxEntry = 8 + 1 + 1 + 3*binary.MaxVarintLen64
)

// TargetHash is what stands for a target in an encoded row.
func TargetHash(id TargetID) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return h.Sum64()
}

// Encode writes r in parts of at most limit bytes, which is at least 1024. A
// part is a row of its own, about targets of its own: its Observer is
// PartOf(r.Observer, i). Observer, Boot and N are not in it: they travel with it.
func (r Row) Encode(limit int) [][]byte {
	head, reasons := r.encodeHead()
	var parts [][]byte
	part := slices.Clone(head)
	for i := range r.Entries {
		entry := r.encodeEntry(&r.Entries[i], reasons)
		if len(part)+len(entry) > limit {
			parts = append(parts, part)
			part = slices.Clone(head)
		}
		part = append(part, entry...)
	}
	return append(parts, part)
}

// PartOf names the i-th part of an observer's row.
func PartOf(observer string, i int) string {
	if i == 0 {
		return observer
	}
	return fmt.Sprintf("%s/%d", observer, i)
}

// encodeHead writes everything but the entries.
func (r Row) encodeHead() (head []byte, reasons []Reason) {
	for i := range r.Entries {
		if e := &r.Entries[i]; len(reasons) < maxReasons && !slices.Contains(reasons, e.Reason) {
			reasons = append(reasons, e.Reason)
		}
	}
	flags := byte(r.Anchor) & 3
	if r.Abstains {
		flags |= 4
	}
	head = append(head, rowFormat, flags)
	head = binary.AppendVarint(head, r.At.UnixMilli())
	head = appendText(head, string(r.Location))
	head = append(head, byte(len(reasons)))
	for _, reason := range reasons {
		head = appendText(head, string(reason))
	}
	return head, reasons
}

func appendText(b []byte, s string) []byte {
	s = s[:min(len(s), maxRowText)]
	return append(append(b, byte(len(s))), s...)
}

func (r Row) encodeEntry(e *Entry, reasons []Reason) []byte {
	flags := byte(e.Health)&3 | byte(e.Held)&3<<2
	if e.Answered {
		flags |= 1 << 4
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, maxEntry), TargetHash(e.Target))
	b = append(b, flags, byte(max(0, slices.Index(reasons, e.Reason))))
	b = appendAgo(b, r.At, e.Since)
	b = appendAgo(b, r.At, e.First)
	if e.Age < 0 {
		return binary.AppendUvarint(b, 0)
	}
	return binary.AppendUvarint(b, uint64(e.Age.Milliseconds())+1)
}

// appendAgo writes how long before at t was; 0 where it never was.
func appendAgo(b []byte, at, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendUvarint(b, 0)
	}
	return binary.AppendUvarint(b, uint64(max(0, at.Sub(t).Milliseconds()))+1)
}

// DecodeRow reads what Encode wrote. Targets tells a target by its hash; what it
// does not know is left out: it is of another plan.
func DecodeRow(data []byte, targets func(hash uint64) (TargetID, bool)) (Row, error) {
	d := rowDecoder{rest: data}
	var r Row
	if d.octet() != rowFormat {
		return r, fmt.Errorf("row of %d bytes: %w: unknown format", len(data), ErrRowFormat)
	}
	flags := d.octet()
	r.Anchor, r.Abstains = Anchor(flags&3), flags&4 != 0
	r.At = time.UnixMilli(d.varint()).UTC()
	r.Location = routing.LocationName(d.text())
	reasons := make([]Reason, min(int(d.octet()), maxReasons))
	for i := range reasons {
		reasons[i] = Reason(d.text())
	}
	for len(d.rest) > 0 && !d.short {
		if len(r.Entries) >= MaxTargets {
			return Row{}, fmt.Errorf("row of %d bytes: %w: more than %d entries", len(data), ErrRowFormat, MaxTargets)
		}
		hash, e := d.entry(r.At, reasons)
		if id, known := targets(hash); known {
			e.Target = id
			r.Entries = append(r.Entries, e)
		}
	}
	if d.short {
		return Row{}, fmt.Errorf("row of %d bytes: %w: cut short", len(data), ErrRowFormat)
	}
	slices.SortFunc(r.Entries, func(a, b Entry) int { return strings.Compare(string(a.Target), string(b.Target)) })
	return r, nil
}

// rowDecoder takes values off the front of an encoded row. Once it was short
// everything it gives is zero.
type rowDecoder struct {
	rest  []byte
	short bool
}

func (d *rowDecoder) take(n int) []byte {
	if len(d.rest) < n {
		d.rest, d.short = nil, true
		return make([]byte, min(n, maxRowText))
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out
}

func (d *rowDecoder) octet() byte { return d.take(1)[0] }

func (d *rowDecoder) text() string {
	n := int(d.octet())
	return string(d.take(n))
}

func (d *rowDecoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	d.skip(n)
	return v
}

func (d *rowDecoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	d.skip(n)
	return v
}

// skip goes behind a number of n bytes; n below 1 says that there is none.
func (d *rowDecoder) skip(n int) {
	if n <= 0 {
		d.rest, d.short = nil, true
		return
	}
	d.rest = d.rest[n:]
}

// maxAgo bounds what an instant may lie back: ten years.
const maxAgo = 10 * 365 * 24 * 60 * 60 * 1000

func (d *rowDecoder) ago(at time.Time) time.Time {
	v := d.uvarint()
	if v == 0 {
		return time.Time{}
	}
	return at.Add(-time.Duration(min(v-1, maxAgo)) * time.Millisecond)
}

func (d *rowDecoder) entry(at time.Time, reasons []Reason) (hash uint64, e Entry) {
	hash = binary.BigEndian.Uint64(d.take(8))
	flags, reason := d.octet(), int(d.octet())
	e.Health, e.Held, e.Answered = routing.Health(flags&3), routing.Health(flags>>2&3), flags>>4&1 != 0
	if reason < len(reasons) {
		e.Reason = reasons[reason]
	}
	e.Since, e.First = d.ago(at), d.ago(at)
	e.Age = time.Duration(min(d.uvarint(), maxAgo))*time.Millisecond - time.Millisecond
	if e.Age < 0 {
		e.Age = -1
	}
	return hash, e
}
