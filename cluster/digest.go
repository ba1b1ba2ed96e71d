package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"
)

// DigestSize is the length of what Ledger.Digest returns: 64 buckets of 8 bytes.
const DigestSize = buckets * 8

const buckets = 64

// digest sums up a set of records whatever their order: the keys fall into
// buckets, and of each bucket it is the exclusive or of the sums of its
// records. An empty bucket is 0. Ages are no part of it.
type digest [buckets]uint64

// sumOf returns the first 8 bytes of a record's SHA-256.
func sumOf(raw []byte) uint64 {
	sum := sha256.Sum256(raw)
	return binary.BigEndian.Uint64(sum[:])
}

// bucketOf returns the bucket of a key, the same on every node.
func bucketOf(key string) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // never fails
	return int(h.Sum64() % buckets)
}

// parseDigest reads a digest; nothing at all is the digest of an empty ledger.
func parseDigest(b []byte) (d digest, ok bool) {
	if len(b) == 0 {
		return d, true
	}
	if len(b) != DigestSize {
		return d, false
	}
	for i := range d {
		d[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return d, true
}

// toggle takes records into the digest, or out of it.
func toggle[V any](d *digest, key string, hs []*held[V]) {
	b := bucketOf(key)
	for _, h := range hs {
		d[b] ^= h.sum
	}
}

// Digest returns DigestSize bytes that are equal where the records are.
func (l *Ledger[V]) Digest() []byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	b := make([]byte, 0, DigestSize)
	for _, sum := range l.digest {
		b = binary.BigEndian.AppendUint64(b, sum)
	}
	return b
}
