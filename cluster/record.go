package cluster

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Kind names a replicated State, such as "intent".
type Kind string

// Limits of a record.
const (
	MaxRecord = 64 << 10 // bytes, all of it
	maxKey    = 255
	maxKind   = 32
)

// Record is one thing a node wrote. It never changes; what follows replaces it.
type Record struct {
	Kind    Kind
	Key     string // what it is about; not empty, at most 255 bytes
	Version Version
	Author  ed25519.PublicKey
	Body    []byte

	// Age is how long ago it was written: by the clocks that carried it, none of
	// which was set. It is not signed, and only grows.
	Age time.Duration
}

// Version orders what one author writes under one key: (boot, n), (term, seq).
type Version struct{ Major, Minor uint64 }

// Less reports whether v is older than o.
func (v Version) Less(o Version) bool {
	return v.Major < o.Major || v.Major == o.Major && v.Minor < o.Minor
}

// Errors of records that come from outside.
var (
	ErrMalformed    = errors.New("malformed record")
	ErrBadSignature = errors.New("bad signature")
	ErrUntrusted    = errors.New("author not trusted")
)

// recordFormat is the first byte of a record: the version of its form.
const recordFormat = 1

// seal signs a record: format, kind, key, version, author, body, signature. The
// label is signed and not sent: records of another cluster do not verify.
func (i *Identity) seal(label string, r *Record) ([]byte, error) {
	r.Author = i.Public()
	if err := r.check(); err != nil {
		return nil, err
	}
	raw := r.append(nil)
	if len(raw)+ed25519.SignatureSize > MaxRecord {
		return nil, fmt.Errorf("record %s/%.60q of %d bytes: want at most %d", r.Kind, r.Key, len(raw)+ed25519.SignatureSize, MaxRecord)
	}
	return append(raw, ed25519.Sign(i.key, signed(label, raw))...), nil
}

func (r *Record) check() error {
	if r.Kind == "" || len(r.Kind) > maxKind || r.Key == "" || len(r.Key) > maxKey {
		return fmt.Errorf("record %.40q/%.60q: %w: want a kind of 1 .. %d and a key of 1 .. %d bytes", r.Kind, r.Key, ErrMalformed, maxKind, maxKey)
	}
	return nil
}

// append writes everything but the signature.
func (r *Record) append(b []byte) []byte {
	b = append(b, recordFormat, byte(len(r.Kind)))
	b = append(b, r.Kind...)
	b = append(b, byte(len(r.Key)))
	b = append(b, r.Key...)
	b = binary.BigEndian.AppendUint64(b, r.Version.Major)
	b = binary.BigEndian.AppendUint64(b, r.Version.Minor)
	b = append(b, r.Author...)
	return append(b, r.Body...)
}

// signed is what a signature is over.
func signed(label string, raw []byte) []byte {
	b := append([]byte("meridian record\x00"), byte(len(label)))
	b = append(b, label...)
	return append(b, raw...)
}

// open reads a record and verifies its signature. The record shares raw's
// memory.
func open(label string, raw []byte) (Record, error) {
	r, err := parseRecord(raw)
	if err != nil {
		return Record{}, err
	}
	end := len(raw) - ed25519.SignatureSize
	if !ed25519.Verify(r.Author, signed(label, raw[:end]), raw[end:]) {
		return Record{}, fmt.Errorf("record %s/%.60q of node %s: %w", r.Kind, r.Key, IDOf(r.Author), ErrBadSignature)
	}
	return r, nil
}

func parseRecord(raw []byte) (r Record, err error) {
	if len(raw) > MaxRecord {
		return r, fmt.Errorf("record of %d bytes: %w: want at most %d", len(raw), ErrMalformed, MaxRecord)
	}
	if len(raw) < 1 || raw[0] != recordFormat {
		return r, fmt.Errorf("record of %d bytes: %w: unknown format", len(raw), ErrMalformed)
	}
	kind, rest, ok := cutText(raw[1:])
	key, rest, okKey := cutText(rest)
	if !ok || !okKey || len(rest) < 16+ed25519.PublicKeySize+ed25519.SignatureSize {
		return r, fmt.Errorf("record of %d bytes: %w: too short", len(raw), ErrMalformed)
	}
	r.Kind, r.Key = Kind(kind), string(key)
	r.Version = Version{binary.BigEndian.Uint64(rest), binary.BigEndian.Uint64(rest[8:])}
	rest = rest[16:]
	r.Author = ed25519.PublicKey(rest[:ed25519.PublicKeySize])
	r.Body = rest[ed25519.PublicKeySize : len(rest)-ed25519.SignatureSize]
	return r, r.check()
}

// cutText takes a text of at most 255 bytes off b.
func cutText(b []byte) (text, rest []byte, ok bool) {
	if len(b) < 1 {
		return nil, nil, false
	}
	n := int(b[0])
	if rest := b[1:]; n <= len(rest) {
		return rest[:n], rest[n:], true
	}
	return nil, nil, false
}
