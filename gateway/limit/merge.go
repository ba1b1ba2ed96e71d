package limit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Bounds of what is taken from peers.
const (
	maxPeers = 64
	maxNode  = 255
)

// Merge takes the Usage of another node. It replaces what that node said before.
// An error changes nothing.
func (l *Limiter) Merge(node string, usage []byte, now time.Time) error {
	if node == "" || len(node) > maxNode {
		return fmt.Errorf("reading usage: node name of %d bytes: allowed are 1 to %d", len(node), maxNode)
	}
	uses, err := decode(usage)
	if err != nil {
		return fmt.Errorf("reading usage of node %q: %w", node, err)
	}
	return l.hear(&peer{node: node, heard: l.at(now), uses: uses})
}

// hear puts a peer in the place of what it said before. Peers that have been
// silent are forgotten.
func (l *Limiter) hear(p *peer) error {
	l.hearing.Lock()
	defer l.hearing.Unlock()
	list := slices.DeleteFunc(slices.Clone(*l.peers.Load()), func(q *peer) bool {
		return q.node == p.node || p.heard-q.heard >= silence
	})
	if len(list) >= maxPeers {
		return fmt.Errorf("hearing node %q: %d peers already, at most %d are allowed", p.node, len(list), maxPeers)
	}
	list = append(list, p)
	l.peers.Store(&list)
	return nil
}

// decode reads a Usage.
func decode(b []byte) ([]use, error) {
	switch {
	case len(b) > MaxUsage:
		return nil, fmt.Errorf("%d bytes: at most %d are allowed", len(b), MaxUsage)
	case len(b) == 0:
		return nil, errors.New("empty: a version is needed")
	case b[0] != version:
		return nil, fmt.Errorf("version %d: allowed is %d", b[0], version)
	}
	b = b[1:]
	out := make([]use, 0, len(b)/leastUse)
	for len(b) > 0 {
		u, rest, err := decodeUse(b)
		if err != nil {
			return nil, err
		}
		if n := len(out); n > 0 && out[n-1].hash >= u.hash {
			return nil, fmt.Errorf("key %x after %x: want them to ascend", u.hash, out[n-1].hash)
		}
		out, b = append(out, u), rest
	}
	return out, nil
}

func decodeUse(b []byte) (u use, rest []byte, err error) {
	if len(b) < leastUse {
		return use{}, nil, fmt.Errorf("%d bytes at the end: a key has at least %d", len(b), leastUse)
	}
	u.hash, b = binary.BigEndian.Uint64(b), b[8:]
	for _, n := range []*int{&u.used, &u.spare, &u.demand} {
		v, size := binary.Uvarint(b)
		if size <= 0 || v > maxCalls {
			return use{}, nil, fmt.Errorf("key %x: a number is cut off or above %d", u.hash, maxCalls)
		}
		*n, b = int(v), b[size:]
	}
	return u, b, nil
}
