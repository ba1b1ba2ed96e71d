package compact

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Encode writes t as a file. It fills in the counts, the size and the checksum
// of the header.
func Encode(t *Table) ([]byte, error) {
	var payload []byte
	payload = appendStarts(payload, t.IPv4, unitIPv4, fineIPv4)
	payload = appendStarts(payload, t.IPv6, unitIPv6, fineIPv6)
	payload = appendCountries(payload, t.IPv4)
	payload = appendCountries(payload, t.IPv6)

	h := t.Header
	sum := sha256.Sum256(payload)
	h.IPv4, h.IPv6, h.Size, h.SHA256 = len(t.IPv4), len(t.IPv6), len(payload), hex.EncodeToString(sum[:])
	if err := h.validate(); err != nil {
		return nil, err
	}
	header, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("writing the header of the country table: %w", err)
	}
	var file bytes.Buffer
	file.WriteString(magic)
	file.Write(append(header, '\n'))
	if err := pack(&file, payload); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

func pack(file *bytes.Buffer, payload []byte) error {
	w, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(payload)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return fmt.Errorf("packing the country table: %w", err)
	}
	return nil
}

// appendStarts writes the distances between starts: twice the count of coarse
// with a 0 bit below it, or of fine ones with a 1 bit.
func appendStarts(b []byte, ranges []Range, coarse, fine unit) []byte {
	var before uint64
	for _, r := range ranges {
		d := r.Start - before
		before = r.Start
		if d&(1<<coarse-1) == 0 {
			b = binary.AppendUvarint(b, d>>coarse<<1)
		} else {
			b = binary.AppendUvarint(b, 1)
			b = binary.AppendUvarint(b, d>>fine)
		}
	}
	return b
}

func appendCountries(b []byte, ranges []Range) []byte {
	for _, r := range ranges {
		b = append(b, r.Country)
	}
	return b
}
