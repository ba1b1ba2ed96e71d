package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Store keeps blobs in one directory, which it has to itself. Its methods may
// be called by many goroutines at once.
type Store struct {
	disk disk
	lock *os.File

	mu sync.Mutex // one Save or Load at a time
}

// Generation is one saved state of a blob.
type Generation struct {
	Data     []byte
	SavedAt  time.Time // by the wall clock of the machine, UTC
	Previous bool      // the current file could not be used
	Warning  error     // why: *DamageError or fs.ErrNotExist; nil unless Previous
	Note     string    // the same for people; empty unless Previous
}

// Open takes a directory for this process, making it (mode 0700) where it is
// absent. It fails with ErrLocked while another process has it. A read-only disk
// is opened; Save fails then.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making data directory: %w", err)
	}
	held, err := lock(dir)
	if err != nil {
		return nil, fmt.Errorf("locking data directory %q: %w", dir, err)
	}
	return &Store{disk: folder{dir}, lock: held}, nil
}

// Close gives the directory back. The Store must not be used afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lock.Close()
}

// Load returns the newest generation of a blob that verifies. Without any it
// fails with fs.ErrNotExist when there never was one, else with *LostError.
func (s *Store) Load(name string) (Generation, error) {
	if err := checkName(name); err != nil {
		return Generation{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, currentErr := s.read(name, currentFile(name))
	if currentErr == nil {
		return g, nil
	}
	g, previousErr := s.read(name, previousFile(name))
	if previousErr == nil {
		g.Previous, g.Warning = true, currentErr
		g.Note = fmt.Sprintf("using the previous generation of state %q, saved %s: %v", name, g.SavedAt.Format(time.RFC3339), currentErr)
		return g, nil
	}
	if errors.Is(currentErr, fs.ErrNotExist) && errors.Is(previousErr, fs.ErrNotExist) {
		return Generation{}, fmt.Errorf("state %q: %w", name, fs.ErrNotExist)
	}
	return Generation{}, &LostError{Name: name, Current: currentErr, Previous: previousErr}
}

// read reads and verifies one file.
func (s *Store) read(name, file string) (Generation, error) {
	raw, err := s.disk.read(file, MaxSize+int64(headerSize))
	if errors.Is(err, fs.ErrNotExist) {
		return Generation{}, fmt.Errorf("state file %s: %w", file, fs.ErrNotExist)
	}
	if err != nil {
		return Generation{}, &DamageError{File: file, Err: err}
	}
	savedAt, data, err := decode(name, raw)
	if err != nil {
		return Generation{}, &DamageError{File: file, Err: err}
	}
	return Generation{Data: data, SavedAt: savedAt}, nil
}

// Save makes data the current generation of a blob and the one before it the
// previous. It returns nil only when the new generation is durable; a first
// failure is met by writing everything anew to a new file, a second by
// *SaveError.
func (s *Store) Save(name string, data []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	if len(data) > MaxSize {
		return fmt.Errorf("state %q: %w: %d", name, ErrTooLarge, len(data))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	file := encode(name, time.Now(), data)
	if s.write(name, file, data) == nil {
		return nil
	}
	if err := s.write(name, file, data); err != nil {
		_ = s.disk.remove(newFile(name)) // gives the space back; Save removes it too
		return err
	}
	return nil
}

// write is one attempt: a new file, the previous generation, the switch.
func (s *Store) write(name string, file, data []byte) error {
	for _, step := range []struct {
		doing string
		do    func() error
	}{
		{"removing the leftover of an earlier attempt", func() error { return s.disk.remove(newFile(name)) }},
		{"writing", func() error { return s.writeFile(newFile(name), file) }},
		{"keeping the previous generation", func() error { return s.keepPrevious(name, data) }},
		{"switching to the new generation", func() error { return s.disk.move(newFile(name), currentFile(name)) }},
		{"syncing the directory", s.disk.sync},
	} {
		if err := step.do(); err != nil {
			return &SaveError{Name: name, Step: step.doing, Err: err}
		}
	}
	return nil
}

// writeFile writes and syncs a new file.
func (s *Store) writeFile(file string, content []byte) error {
	h, err := s.disk.create(file)
	if err != nil {
		return err
	}
	if _, err = h.Write(content); err == nil {
		err = h.Sync()
	}
	return errors.Join(err, h.Close())
}

// keepPrevious makes the current file the previous one too, if it verifies: a
// damaged file must not push out a good one. The same data saved again push
// out nothing either.
func (s *Store) keepPrevious(name string, data []byte) error {
	if g, err := s.read(name, currentFile(name)); err == nil && !bytes.Equal(g.Data, data) {
		return s.keepGeneration(name, g)
	}
	return nil
}

func (s *Store) keepGeneration(name string, g Generation) error {
	if err := s.disk.remove(keptFile(name)); err != nil {
		return err
	}
	if s.disk.keep(currentFile(name), keptFile(name)) != nil { // no hard links here: a copy does it
		if err := s.writeFile(keptFile(name), encode(name, g.SavedAt, g.Data)); err != nil {
			return err
		}
	}
	return s.disk.move(keptFile(name), previousFile(name))
}
