package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another process, or another Store of this one, uses the
// directory.
var ErrLocked = errors.New("directory is in use")

// lock takes the directory for this process. The kernel releases it when the
// process ends, however it ends. On a disk that is read-only the directory
// itself stands for the lock file: state can still be loaded.
func lock(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, unix.EROFS) {
		file, err = os.Open(dir)
	}
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return file, nil
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = fmt.Errorf("%w by another process, which holds %s", ErrLocked, path)
	}
	return nil, errors.Join(err, file.Close())
}
