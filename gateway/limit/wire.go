package limit

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The wire format: a version, then for each key its hash and three varints. The
// hashes ascend, so that a key is said once and found by halving.
const (
	version  = 1
	leastUse = 8 + 3
	mostUse  = 8 + 3*binary.MaxVarintLen32
)

func encode(all []said) []byte {
	out := append(make([]byte, 0, 1+len(all)*16), version)
	for i, s := range all {
		if i > 0 && s.hash == all[i-1].hash {
			continue
		}
		out = binary.BigEndian.AppendUint64(out, s.hash)
		for _, n := range []int{s.used, s.spare, s.demand} {
			out = binary.AppendUvarint(out, uint64(n))
		}
	}
	return out
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
