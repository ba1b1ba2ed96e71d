package secret

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// ErrKeyFile is returned for a key file that is not to be used.
var ErrKeyFile = errors.New("want a regular file of mode 0600 with 64 hexadecimal digits")

// maxKeyFile is more than a key and the white space around it.
const maxKeyFile = 256

// ReadKeyFile reads a secrets key: 32 random bytes as 64 hexadecimal digits in
// a regular file that nobody but its owner can read. It never quotes what the
// file holds.
func ReadKeyFile(path string) (*Key, error) {
	// A named pipe must not make us wait for its writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("reading secrets key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading secrets key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("secrets key file %q is %s: %w", path, kindOf(info.Mode()), ErrKeyFile)
	}
	if perm := info.Mode().Perm(); perm&^0o600 != 0 {
		return nil, fmt.Errorf("secrets key file %q has mode %#o: %w", path, perm, ErrKeyFile)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading secrets key file: %w", err)
	}
	raw, problem := parseKey(text)
	if problem != "" {
		return nil, fmt.Errorf("secrets key file %q %s: %w", path, problem, ErrKeyFile)
	}
	return NewKey(raw)
}

// parseKey reads the hexadecimal digits, or says what is wrong.
func parseKey(text []byte) (raw []byte, problem string) {
	if len(text) > maxKeyFile {
		return nil, fmt.Sprintf("has more than %d bytes", maxKeyFile)
	}
	digits := strings.TrimSpace(string(text))
	raw, err := hex.DecodeString(digits)
	switch {
	case len(digits) != 2*KeySize:
		return nil, fmt.Sprintf("holds %d characters", len(digits))
	case err != nil:
		return nil, "holds something else than hexadecimal digits"
	case strings.Count(digits, digits[:2]) == KeySize:
		return nil, "holds one byte again and again, which is not random"
	}
	return raw, ""
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}

// WriteKeyFile makes a key file of a new random key. An existing file is an
// error: its key may be the only one that opens what is sealed.
func WriteKeyFile(path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing secrets key file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := fmt.Fprintln(f, hex.EncodeToString(GenerateKey())); err != nil {
		return fmt.Errorf("writing secrets key file: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("writing secrets key file: %w", err)
	}
	return nil
}
