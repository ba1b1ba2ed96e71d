package cluster

import "crypto/ed25519"

// Law says how the records of one kind are read and which of them count.
type Law[V any] struct {
	Kind Kind

	// Parse reads a record whose signature is good. An error refuses it. The
	// value must not share the record's memory.
	Parse func(Record) (V, error)

	// Displaces reports whether a makes b superfluous; both are of one key. It
	// is a strict partial order: never both ways, transitive. Of records that
	// are not displaced all are kept.
	Displaces func(a, b V) bool

	// Trusted says whether an author's records are taken (nil: all are).
	Trusted func(ed25519.PublicKey) error

	MaxKeys   int // most keys; 0: 65536
	MaxPerKey int // most records of one key; 0: 256
	MaxBytes  int // of all records; 0: 64 MiB
}

// Entry is a record as a Ledger holds it.
type Entry[V any] struct {
	Record Record
	Value  V
	raw    []byte
}

// Message returns the record as it travels, for a Ledger to Merge.
func (e Entry[V]) Message() []byte { return appendMessage(nil, e.Record.Age, e.raw) }
