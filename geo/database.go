package geo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// staleAfter is the age from which a database is warned of.
const staleAfter = 45 * 24 * time.Hour

// Database is the state of one database file.
type Database struct {
	Path     string    `json:"path"`
	Type     string    `json:"type"`     // as the file has it
	Layout   string    `json:"layout"`   // MaxMind, DB-IP or IPinfo
	Built    time.Time `json:"built"`    // zero: nothing is loaded
	Networks int       `json:"networks"` // in the file
	SHA256   string    `json:"sha256"`   // of what is loaded
	Error    string    `json:"error"`    // why the file as it is now is not used; empty: it is
}

// Stale reports whether the database was built more than 45 days before now.
func (d *Database) Stale(now time.Time) bool {
	return !d.Built.IsZero() && now.Sub(d.Built) > staleAfter
}

// slot is a database with its layer: the last good one.
type slot struct {
	Database
	layer *layer // nil: never loaded
	from  source
}

// load reads the file again and returns the slot that takes s's place. When the
// file is unchanged or cannot be used, the layer stays; changed tells whether
// there is a new one.
func (s slot) load() (next slot, changed bool, err error) {
	file, err := readFile(s.Path, maxDatabaseBytes)
	if err != nil {
		return s.failed(err)
	}
	sum := sha256.Sum256(file)
	digest := hex.EncodeToString(sum[:])
	if s.layer != nil && digest == s.SHA256 {
		s.Error = ""
		return s, false, nil
	}
	l, about, err := readDatabase(file, s.from)
	if err != nil {
		return s.failed(err)
	}
	s.layer = l
	s.Type, s.Layout, s.Built, s.Networks = about.kind, about.layout.String(), about.built, about.networks
	s.SHA256, s.Error = digest, ""
	return s, true, nil
}

func (s slot) failed(err error) (slot, bool, error) {
	err = fmt.Errorf("geo: reading database %s: %w", s.Path, err)
	s.Error = err.Error()
	return s, false, err
}

// readFile returns the contents of a regular file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	// Without O_NONBLOCK a named pipe would hold up the node until somebody writes.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("a file of mode %s: want a regular file", info.Mode())
	case info.Size() > limit:
		return nil, fmt.Errorf("%d bytes: want at most %d", info.Size(), limit)
	}
	file := make([]byte, info.Size())
	_, err = io.ReadFull(f, file)
	return file, err
}
