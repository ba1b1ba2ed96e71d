package admin

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"
)

// maxSocketPath is the longest path every supported kernel takes, less the
// suffix of the name it is bound under first.
const maxSocketPath = 102

// socket is a listener on a unix socket that removes its file when it is
// closed, and only its own.
type socket struct {
	net.Listener
	path string
	file fs.FileInfo
}

// listenUnix binds a unix socket with mode 0600. A file left behind by a dead
// process is replaced; one that answers is an error. The socket appears under
// its name only when its mode is set.
func listenUnix(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("admin socket %q: %d bytes, want at most %d", path, len(path), maxSocketPath)
	}
	if err := checkVacant(path); err != nil {
		return nil, err
	}
	l, file, err := bindUnix(path)
	if err != nil {
		return nil, fmt.Errorf("binding admin socket %q: %w", path, err)
	}
	return &socket{Listener: l, path: path, file: file}, nil
}

// bindUnix binds beside path, sets the mode and moves the socket into place.
func bindUnix(path string) (net.Listener, fs.FileInfo, error) {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, nil, err
	}
	l.SetUnlinkOnClose(false)
	file, err := publish(fresh, path)
	if err != nil {
		return nil, nil, errors.Join(err, l.Close(), os.Remove(fresh))
	}
	return l, file, nil
}

func publish(fresh, path string) (fs.FileInfo, error) {
	if err := os.Chmod(fresh, 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(fresh, path); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

// checkVacant reports whether path is free: absent, or a socket nobody listens on.
func checkVacant(path string) error {
	file, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("admin socket %q: %w", path, err)
	}
	if file.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("admin socket %q: there is a file of another kind (%v)", path, file.Mode().Type())
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = conn.Close()
		return fmt.Errorf("admin socket %q: another process listens on it", path)
	}
	return nil
}

// Close closes the listener and removes its file.
func (s *socket) Close() error {
	err := s.Listener.Close()
	if file, statErr := os.Lstat(s.path); statErr == nil && os.SameFile(file, s.file) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}
