package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// disk is what a Store asks of a directory. Names have no separator.
type disk interface {
	content
	directory
}

// content reads and writes files.
type content interface {
	// read returns a whole file, ErrTooLarge beyond limit bytes.
	read(name string, limit int64) ([]byte, error)
	// create makes a new file with mode 0600; one of that name is an error.
	create(name string) (handle, error)
	// remove takes a name away; an absent one is no error.
	remove(name string) error
}

// handle is a file being written.
type handle interface {
	io.WriteCloser
	// Sync returns when the content is on stable storage. After an error the
	// content may be lost however often Sync is called again.
	Sync() error
}

// directory changes names. A change is durable when sync has returned.
type directory interface {
	// move gives a file another name, replacing the file of that name.
	move(from, to string) error
	// keep gives a file a second name; one of that name is an error. Not every
	// file system can.
	keep(from, to string) error
	sync() error
}

// folder is a disk on the file system.
type folder struct{ path string }

func (f folder) read(name string, limit int64) ([]byte, error) {
	// Without O_NONBLOCK a named pipe would hold up the node until somebody writes.
	file, err := os.OpenFile(filepath.Join(f.path, name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a file of mode %s: want a regular file", name, info.Mode())
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%w: %s", ErrTooLarge, name)
	}
	return data, err
}

func (f folder) create(name string) (handle, error) {
	return os.OpenFile(filepath.Join(f.path, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (f folder) move(from, to string) error {
	return os.Rename(filepath.Join(f.path, from), filepath.Join(f.path, to))
}

func (f folder) keep(from, to string) error {
	return os.Link(filepath.Join(f.path, from), filepath.Join(f.path, to))
}

func (f folder) remove(name string) error {
	if err := os.Remove(filepath.Join(f.path, name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sync makes the names durable. File systems that cannot sync a directory
// (EINVAL) order renames themselves.
func (f folder) sync() error {
	dir, err := os.Open(f.path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, dir.Close())
}
