package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Limits of a secret.
const (
	MaxClear   = 24 << 10 // bytes of what is sealed: a certificate chain with its key has room
	maxEncoded = 48 << 10
	maxText    = 128 // bytes of By and Author
)

// Secret is one version of a sealed value. It never changes.
type Secret struct {
	Name    Name      `json:"name"`
	Version uint64    `json:"version"` // from 1
	Box     Box       `json:"box,omitempty"`
	Created time.Time `json:"created"`
	By      string    `json:"by"`     // the token, or "socket"
	Author  string    `json:"author"` // the node that wrote it; whoever takes records in compares it with their author
	Deleted bool      `json:"deleted,omitempty"`
}

// Origin says where a version comes from.
type Origin struct {
	Version uint64
	At      time.Time
	By      string
	Author  string
}

// Delete returns the version that says that a secret is gone. It stays, so that
// no older one comes back.
func Delete(name Name, o Origin) Secret {
	return Secret{Name: name, Version: o.Version, Created: o.At.UTC(), By: o.By, Author: o.Author, Deleted: true}
}

// Displaces reports whether s makes o superfluous: the higher version does, of
// equal versions the one of the greater author.
func (s Secret) Displaces(o Secret) bool {
	return displaces(edition{s.Version, s.Author}, edition{o.Version, o.Author}, s, o)
}

// Validate says what is wrong with a secret, without quoting what it holds.
func (s Secret) Validate() error {
	_, nameErr := ParseName(string(s.Name))
	return errors.Join(nameErr, checkOrigin(s.Version, s.By, s.Author, s.Created), s.checkBox())
}

func (s Secret) checkBox() error {
	switch {
	case s.Deleted && len(s.Box) != 0:
		return fmt.Errorf("deleted secret with %d sealed bytes: want none", len(s.Box))
	case !s.Deleted && (len(s.Box) < boxOverhead || len(s.Box) > boxOverhead+MaxClear):
		return fmt.Errorf("secret of %d sealed bytes: want %d .. %d", len(s.Box), boxOverhead, boxOverhead+MaxClear)
	}
	return nil
}

func checkOrigin(version uint64, by, author string, created time.Time) error {
	switch {
	case version == 0:
		return errors.New("version 0: want 1 or more")
	case len(by) > maxText:
		return fmt.Errorf("author's name of %d bytes: want at most %d", len(by), maxText)
	case len(author) > maxText:
		return fmt.Errorf("author of %d bytes: want at most %d", len(author), maxText)
	case created.Year() < 1970 || created.Year() > 9999:
		return fmt.Errorf("created in the year %d: want 1970 .. 9999", created.Year())
	}
	return nil
}

// Encode writes a secret as the body of a record, JSON with the value sealed.
func (s Secret) Encode() ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("writing secret: %w", err)
	}
	return json.Marshal(s)
}

// Decode reads a secret.
func Decode(b []byte) (Secret, error) {
	var s Secret
	if err := decode(b, &s); err != nil {
		return Secret{}, fmt.Errorf("reading secret: %w", err)
	}
	if err := s.Validate(); err != nil {
		return Secret{}, fmt.Errorf("reading secret: %w", err)
	}
	if s.Deleted {
		s.Box = nil // also where it is there, with nothing in it
	}
	return s, nil
}

// decode reads JSON. Fields it does not know are of a later version, and left
// alone. The decoder's errors name places and kinds, and never quote a value.
func decode(b []byte, to any) error {
	if len(b) > maxEncoded {
		return fmt.Errorf("%d bytes: want at most %d", len(b), maxEncoded)
	}
	return json.Unmarshal(b, to)
}
