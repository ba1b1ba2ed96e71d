package compact

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// Decode reads a file and checks all it says of itself.
func Decode(file []byte) (*Table, error) {
	h, packed, err := ParseHeader(file)
	if err != nil {
		return nil, err
	}
	payload, err := unpack(packed, h.Size)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(payload); hex.EncodeToString(sum[:]) != h.SHA256 {
		return nil, fmt.Errorf("country table: checksum %x: the header says %s", sum, h.SHA256)
	}
	if len(payload) < 2*(h.IPv4+h.IPv6) {
		return nil, fmt.Errorf("country table: %d bytes for %d ranges: want at least 2 each", len(payload), h.IPv4+h.IPv6)
	}
	t := &Table{Header: h, IPv4: make([]Range, h.IPv4), IPv6: make([]Range, h.IPv6)}
	if err := t.fill(payload); err != nil {
		return nil, err
	}
	return t, nil
}

// unpack reads exactly size bytes.
func unpack(packed []byte, size int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking the country table: %w", err)
	}
	var payload bytes.Buffer
	n, err := io.Copy(&payload, io.LimitReader(r, int64(size)+1))
	if err != nil {
		return nil, fmt.Errorf("unpacking the country table: %w", err)
	}
	if n != int64(size) {
		return nil, fmt.Errorf("country table: the payload is not of %d bytes, as the header says", size)
	}
	return payload.Bytes(), nil
}

func (t *Table) fill(payload []byte) error {
	rest, err := readStarts(payload, t.IPv4, unitIPv4, fineIPv4)
	if err != nil {
		return err
	}
	if rest, err = readStarts(rest, t.IPv6, unitIPv6, fineIPv6); err != nil {
		return err
	}
	if rest, err = readCountries(rest, t.IPv4, len(t.Countries)); err != nil {
		return err
	}
	if rest, err = readCountries(rest, t.IPv6, len(t.Countries)); err != nil {
		return err
	}
	if len(rest) != 0 {
		return fmt.Errorf("country table: %d bytes too many", len(rest))
	}
	return nil
}

var errCut = errors.New("country table: it ends within a range")

func readStarts(b []byte, ranges []Range, coarse, fine unit) ([]byte, error) {
	var start uint64
	for i := range ranges {
		d, n, err := readDistance(b, coarse, fine)
		if err != nil {
			return nil, err
		}
		if i > 0 && d == 0 || start+d < start {
			return nil, fmt.Errorf("country table: range %d does not begin after the one before", i)
		}
		start += d
		ranges[i].Start = start
		b = b[n:]
	}
	return b, nil
}

// readDistance returns a distance and the bytes it takes.
func readDistance(b []byte, coarse, fine unit) (uint64, int, error) {
	d, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, 0, errCut
	}
	if d&1 == 0 {
		return shift(d>>1, coarse, n)
	}
	if d != 1 {
		return 0, 0, fmt.Errorf("country table: distance %d: want an even number, or 1", d)
	}
	d, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return 0, 0, errCut
	}
	return shift(d, fine, n+m)
}

func shift(d uint64, by unit, n int) (uint64, int, error) {
	if d<<by>>by != d {
		return 0, 0, fmt.Errorf("country table: distance %d: want less than %d", d, uint64(1)<<(64-by))
	}
	return d << by, n, nil
}

func readCountries(b []byte, ranges []Range, countries int) ([]byte, error) {
	if len(b) < len(ranges) {
		return nil, errCut
	}
	for i := range ranges {
		if int(b[i]) > countries {
			return nil, fmt.Errorf("country table: country %d: want 0 .. %d", b[i], countries)
		}
		if i > 0 && b[i] == b[i-1] {
			return nil, fmt.Errorf("country table: range %d has the country of the one before", i)
		}
		ranges[i].Country = b[i]
	}
	return b[len(ranges):], nil
}
