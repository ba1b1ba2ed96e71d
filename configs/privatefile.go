package configs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxPrivate is the most octets of a file with secrets.
const maxPrivate = 64 << 10

// ReadPrivate returns what a file with secrets holds: a regular file of at most
// 64 KiB that nobody but its owner may read or write.
func ReadPrivate(name string) ([]byte, error) {
	f, err := OpenRegular(name)
	if err != nil {
		return nil, err
	}
	data, err := readPrivate(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: cause(err)}
	}
	return data, nil
}

func readPrivate(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("has the mode %04o, so that others than its owner may use it: want 0600 or less", mode)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPrivate+1))
	if err == nil && len(data) > maxPrivate {
		err = fmt.Errorf("holds more than %d octets: want a file of secrets", maxPrivate)
	}
	return data, err
}
