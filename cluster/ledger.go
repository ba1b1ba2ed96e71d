package cluster

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Errors of records that are good and not taken.
var (
	ErrFull       = errors.New("ledger full")
	ErrSuperseded = errors.New("a newer record is held")
)

// Limits of a ledger where its law says nothing.
const (
	defaultMaxKeys   = 65536
	defaultMaxPerKey = 256
	defaultMaxBytes  = 64 << 20 // all records of a ledger
)

// ageNews is by how much a known record must grow older to be news: leases end
// earlier than was thought.
const ageNews = time.Second

// Ledger is a State of signed records: of each key those that no other
// displaces. The functions of its law are called with its lock held, except
// Parse and Trusted: Displaces must be quick and call nothing.
type Ledger[V any] struct {
	label string
	law   Law[V]
	epoch time.Time // what born is counted from; only its monotonic reading matters
	most  int       // bytes of all records

	mu     sync.RWMutex
	keys   map[string][]*held[V]
	digest digest
	bytes  int
	turn   uint64 // of Delta, so that successive ones begin elsewhere
}

// held is a record that counts. Of its fields only born changes.
type held[V any] struct {
	record Record // Age is unset; shares raw's memory
	value  V
	raw    []byte
	sum    uint64
	born   time.Duration // since epoch
}

// NewLedger makes an empty ledger of the records of law.Kind in a cluster.
func NewLedger[V any](label string, law Law[V]) *Ledger[V] {
	law.MaxKeys = cmp.Or(law.MaxKeys, defaultMaxKeys)
	law.MaxPerKey = cmp.Or(law.MaxPerKey, defaultMaxPerKey)
	return &Ledger[V]{label: label, law: law, epoch: time.Now(), most: cmp.Or(law.MaxBytes, defaultMaxBytes), keys: map[string][]*held[V]{}}
}

// Write signs a record, takes it in as Merge would and returns it as a message
// for the others. It fails with ErrSuperseded where what is held displaces it.
func (l *Ledger[V]) Write(id *Identity, key string, v Version, body []byte) (message []byte, e Entry[V], err error) {
	raw, err := id.seal(l.label, &Record{Kind: l.law.Kind, Key: key, Version: v, Body: body})
	if err != nil {
		return nil, e, err
	}
	message = appendMessage(nil, 0, raw)
	h, err := l.read(raw, 0)
	if err != nil {
		return nil, e, err
	}
	changed, err := l.take(h)
	if err == nil && !changed && !l.holds(raw) {
		err = fmt.Errorf("writing %s/%.60q, version %d.%d: %w", l.law.Kind, key, v.Major, v.Minor, ErrSuperseded)
	}
	if err != nil {
		return nil, e, err
	}
	return message, Entry[V]{Record: h.record, Value: h.value, raw: h.raw}, nil
}

// Merge takes a message in. changed says that what is held is another set, or
// that a known record turned out to be older by a second or more. It fails with
// ErrMalformed, ErrUntrusted, ErrBadSignature or ErrFull, and then nothing has
// changed. A record that is held already costs a comparison and no signature.
func (l *Ledger[V]) Merge(message []byte) (changed bool, err error) {
	age, raw, err := cutMessage(message)
	if err != nil {
		return false, err
	}
	return l.merge(raw, age)
}

func (l *Ledger[V]) merge(raw []byte, age time.Duration) (changed bool, err error) {
	if known, older := l.renew(raw, age); known {
		return older, nil
	}
	h, err := l.read(bytes.Clone(raw), age)
	if err != nil {
		return false, err
	}
	return l.take(h)
}

// read checks all of a record that does not depend on what is held.
func (l *Ledger[V]) read(raw []byte, age time.Duration) (*held[V], error) {
	r, err := parseRecord(raw)
	if err != nil {
		return nil, err
	}
	if r.Kind != l.law.Kind {
		return nil, fmt.Errorf("record %s/%.60q: %w: want kind %s", r.Kind, r.Key, ErrMalformed, l.law.Kind)
	}
	if err := l.trusted(r.Author); err != nil {
		return nil, fmt.Errorf("record %s/%.60q: %w", r.Kind, r.Key, err)
	}
	if r, err = open(l.label, raw); err != nil {
		return nil, err
	}
	r.Age = age
	value, err := l.law.Parse(r)
	if err != nil {
		return nil, fmt.Errorf("record %s/%.60q of node %s: %w: %w", r.Kind, r.Key, IDOf(r.Author), ErrMalformed, err)
	}
	return &held[V]{record: r, value: value, raw: raw, sum: sumOf(raw), born: time.Since(l.epoch) - age}, nil
}

func (l *Ledger[V]) trusted(author ed25519.PublicKey) error {
	if l.law.Trusted == nil {
		return nil
	}
	if err := l.law.Trusted(author); err != nil {
		return fmt.Errorf("node %s: %w: %w", IDOf(author), ErrUntrusted, err)
	}
	return nil
}

// take puts a record among those of its key.
func (l *Ledger[V]) take(h *held[V]) (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.find(h.record.Key, h.raw); known != nil {
		return known.renew(h.born), nil
	}
	old := l.keys[h.record.Key]
	rest := make([]*held[V], 0, len(old)+1)
	for _, o := range old {
		if l.law.Displaces(o.value, h.value) {
			return false, nil
		}
		if !l.law.Displaces(h.value, o.value) {
			rest = append(rest, o)
		}
	}
	if err := l.room(h, old, rest); err != nil {
		return false, err
	}
	l.set(h.record.Key, append(rest, h))
	return true, nil
}

// room says whether a record may take the place of those in old that are not
// in rest. What makes a ledger smaller is always taken.
func (l *Ledger[V]) room(h *held[V], old, rest []*held[V]) error {
	size := l.bytes - size(old) + size(rest) + len(h.raw)
	var limit string
	switch {
	case len(rest) >= l.law.MaxPerKey:
		limit = fmt.Sprintf("%d records of the key, want at most %d", len(rest)+1, l.law.MaxPerKey)
	case len(old) == 0 && len(l.keys) >= l.law.MaxKeys:
		limit = fmt.Sprintf("%d keys, want at most %d", len(l.keys)+1, l.law.MaxKeys)
	case size > l.most && size > l.bytes:
		limit = fmt.Sprintf("%d bytes, want at most %d", size, l.most)
	default:
		return nil
	}
	return fmt.Errorf("record %s/%.60q of node %s: %w: %s", h.record.Kind, h.record.Key, IDOf(h.record.Author), ErrFull, limit)
}

func size[V any](hs []*held[V]) (n int) {
	for _, h := range hs {
		n += len(h.raw)
	}
	return n
}

// set replaces the records of a key; none removes the key.
func (l *Ledger[V]) set(key string, now []*held[V]) {
	old := l.keys[key]
	toggle(&l.digest, key, old)
	toggle(&l.digest, key, now)
	l.bytes += size(now) - size(old)
	l.keys[key] = now
	if len(now) == 0 {
		delete(l.keys, key)
	}
}

// renew makes a held record as old as a duplicate of it claims to be.
func (l *Ledger[V]) renew(raw []byte, age time.Duration) (known, older bool) {
	r, err := parseRecord(raw)
	if err != nil {
		return false, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.find(r.Key, raw)
	if h == nil {
		return false, false
	}
	return true, h.renew(time.Since(l.epoch) - age)
}

func (h *held[V]) renew(born time.Duration) (news bool) {
	news = h.born-born >= ageNews
	h.born = min(h.born, born)
	return news
}

func (l *Ledger[V]) holds(raw []byte) bool {
	known, _ := l.renew(raw, 0)
	return known
}

func (l *Ledger[V]) find(key string, raw []byte) *held[V] {
	for _, h := range l.keys[key] {
		if bytes.Equal(h.raw, raw) {
			return h
		}
	}
	return nil
}

// Recheck asks anew whether the authors are trusted and drops the records of
// those who are not. It returns how many.
func (l *Ledger[V]) Recheck() (dropped int) {
	bad := map[string]bool{}
	for _, author := range l.authors() {
		bad[author] = l.trusted(ed25519.PublicKey(author)) != nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, hs := range l.keys {
		kept := slices.DeleteFunc(slices.Clone(hs), func(h *held[V]) bool { return bad[string(h.record.Author)] })
		if len(kept) < len(hs) {
			dropped += len(hs) - len(kept)
			l.set(key, kept)
		}
	}
	return dropped
}

// authors returns the public keys of all authors.
func (l *Ledger[V]) authors() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	seen := map[string]bool{}
	var out []string
	for _, hs := range l.keys {
		for _, h := range hs {
			if a := string(h.record.Author); !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		}
	}
	return out
}
