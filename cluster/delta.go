package cluster

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// Delta returns messages of the records in the buckets where two digests
// differ: at most limit bytes, but at least one. Half of the room is for the
// newest records, the rest for a run that begins elsewhere at each call, so
// that repeated calls get through everything. A malformed digest gets nothing.
func (l *Ledger[V]) Delta(peer []byte, limit int) [][]byte {
	theirs, ok := parseDigest(peer)
	if !ok {
		return nil
	}
	limit = max(limit, 0)
	all, turn := l.differing(theirs)
	newest := fit(all, limit/2)
	others := fit(rotate(all[newest:], turn), limit-bytesOf(all[:newest]))
	if others > 0 || newest == len(all) {
		return l.messages(all[:newest+others])
	}
	// The newest leave no room for any of the others: whose turn it is goes first.
	if newest > 0 {
		rotate(all, turn)
	}
	return l.messages(all[:max(1, fit(all, limit))])
}

// copied is a held record outside of the ledger's lock.
type copied struct {
	raw  []byte
	born time.Duration
}

// differing returns the records of the buckets that differ, the newest first,
// and the number of the call.
func (l *Ledger[V]) differing(theirs digest) (all []copied, turn uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.digest == theirs {
		return nil, 0
	}
	l.turn++
	for key, hs := range l.keys {
		if b := bucketOf(key); l.digest[b] == theirs[b] {
			continue
		}
		for _, h := range hs {
			all = append(all, copied{h.raw, h.born})
		}
	}
	slices.SortFunc(all, func(a, b copied) int {
		return cmp.Or(cmp.Compare(b.born, a.born), slices.Compare(a.raw, b.raw))
	})
	return all, l.turn
}

// messages writes records with their ages as of now.
func (l *Ledger[V]) messages(all []copied) [][]byte {
	var out [][]byte
	now := time.Since(l.epoch)
	for _, c := range all {
		out = append(out, appendMessage(nil, now-c.born, c.raw))
	}
	return out
}

// fit returns how many of the first records have room in limit bytes.
func fit(all []copied, limit int) int {
	for n, c := range all {
		if limit -= len(c.raw) + binary.MaxVarintLen64; limit < 0 {
			return n
		}
	}
	return len(all)
}

// bytesOf returns how many bytes the messages of records take at most.
func bytesOf(all []copied) (n int) {
	for _, c := range all {
		n += len(c.raw) + binary.MaxVarintLen64
	}
	return n
}

// rotate makes a list begin at a place that depends on turn. Successive turns
// are far apart, also for who sees only every other one.
func rotate(all []copied, turn uint64) []copied {
	if len(all) == 0 {
		return all
	}
	turn = (turn ^ turn>>30) * 0xbf58476d1ce4e5b9 // the mixing step of SplitMix64
	turn = (turn ^ turn>>27) * 0x94d049bb133111eb
	at := int((turn ^ turn>>31) % uint64(len(all)))
	slices.Reverse(all[:at])
	slices.Reverse(all[at:])
	slices.Reverse(all)
	return all
}
