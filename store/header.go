package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// MaxSize is the most bytes one blob may have.
const MaxSize = 64 << 20

const (
	magic      = "MeridSt\n" // 8 bytes
	format     = 1
	headerSize = len(magic) + 4 + 8 + 8 + sha256.Size // magic, format, time, length, sum
	sumOffset  = headerSize - sha256.Size
)

// What is wrong with a file; DamageError wraps one of these.
var (
	ErrTruncated   = errors.New("file is shorter than it says")
	ErrTrailing    = errors.New("file is longer than it says")
	ErrNotOurs     = errors.New("file does not begin as a state file does")
	ErrNewerFormat = errors.New("file was written by a newer version of the program")
	ErrChecksum    = errors.New("checksum does not match")
	ErrTooLarge    = errors.New("larger than 64 MiB")
)

// encode makes a file: magic, format (uint32), time (int64, nanoseconds since
// 1970), length of the data (uint64), SHA-256, data; integers big-endian. The
// sum covers everything else and the name, so that two files cannot be swapped
// unseen.
func encode(name string, savedAt time.Time, data []byte) []byte {
	file := make([]byte, 0, headerSize+len(data))
	file = append(file, magic...)
	file = binary.BigEndian.AppendUint32(file, format)
	file = binary.BigEndian.AppendUint64(file, uint64(savedAt.UnixNano()))
	file = binary.BigEndian.AppendUint64(file, uint64(len(data)))
	sum := checksum(name, file, data)
	file = append(file, sum[:]...)
	return append(file, data...)
}

// decode verifies a file and returns what it holds. data is a part of file.
func decode(name string, file []byte) (savedAt time.Time, data []byte, err error) {
	if !bytes.HasPrefix(file, []byte(magic)[:min(len(file), len(magic))]) {
		return savedAt, nil, ErrNotOurs
	}
	if len(file) < headerSize {
		return savedAt, nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrTruncated, len(file), headerSize)
	}
	fields := file[len(magic):]
	version, nanos, length := binary.BigEndian.Uint32(fields), binary.BigEndian.Uint64(fields[4:]), binary.BigEndian.Uint64(fields[12:])
	if version > format {
		return savedAt, nil, fmt.Errorf("%w: format %d, want at most %d", ErrNewerFormat, version, format)
	}
	data = file[headerSize:]
	switch {
	case uint64(len(data)) < length:
		return savedAt, nil, fmt.Errorf("%w: %d bytes of data, want %d", ErrTruncated, len(data), length)
	case uint64(len(data)) > length:
		return savedAt, nil, fmt.Errorf("%w: %d bytes of data, want %d", ErrTrailing, len(data), length)
	}
	if sum := checksum(name, file[:sumOffset], data); !bytes.Equal(sum[:], file[sumOffset:headerSize]) {
		return savedAt, nil, ErrChecksum
	}
	return time.Unix(0, int64(nanos)).UTC(), data, nil
}

// checksum is the SHA-256 of the header up to the sum, the name and the data.
// The header holds the length of the data, so the parts cannot be shifted.
func checksum(name string, header, data []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(header)
	h.Write([]byte(name))
	h.Write(data)
	h.Sum(sum[:0])
	return sum
}
