package secret

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// Box is a sealed value: the id of the key, a nonce of 24 bytes, and what
// XChaCha20-Poly1305 makes of the value. Name and version are bound to it, so
// that boxes cannot be exchanged for one another.
type Box []byte

// boxOverhead is how much longer a box is than what it holds.
const boxOverhead = keyIDSize + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// Errors of boxes that cannot be opened.
var (
	ErrOtherKey = errors.New("sealed under another secrets key")
	ErrDamaged  = errors.New("sealed value is damaged, or of another name or version")
	ErrDeleted  = errors.New("secret is deleted")
)

// Key returns the id of the key a box was sealed under.
func (b Box) Key() KeyID {
	if len(b) < keyIDSize {
		return ""
	}
	return KeyID(hex.EncodeToString(b[:keyIDSize]))
}

// Seal makes a version of a secret.
func (k *Key) Seal(name Name, clear []byte, o Origin) (Secret, error) {
	s := Secret{Name: name, Version: o.Version, Created: o.At.UTC(), By: o.By, Author: o.Author}
	if len(clear) > MaxClear {
		return Secret{}, fmt.Errorf("sealing secret %.80q of %d bytes: want at most %d", name, len(clear), MaxClear)
	}
	s.Box = make(Box, keyIDSize+chacha20poly1305.NonceSizeX, boxOverhead+len(clear))
	copy(s.Box, k.id[:])
	nonce := s.Box[keyIDSize:]
	_, _ = rand.Read(nonce) // never fails
	s.Box = k.seal.Seal(s.Box, nonce, clear, s.bound())
	if err := s.Validate(); err != nil {
		return Secret{}, fmt.Errorf("sealing secret: %w", err)
	}
	return s, nil
}

// bound is what a box is bound to.
func (s Secret) bound() []byte {
	b := append([]byte("meridian secret\x00"), byte(len(s.Name)))
	b = append(b, s.Name...)
	return binary.BigEndian.AppendUint64(b, s.Version)
}

// Open returns what a secret holds. It fails with ErrOtherKey, ErrDamaged or
// ErrDeleted.
func (k *Key) Open(s Secret) ([]byte, error) {
	clear, err := k.open(s)
	if err != nil {
		return nil, fmt.Errorf("opening secret %.80q version %d: %w", s.Name, s.Version, err)
	}
	return clear, nil
}

func (k *Key) open(s Secret) ([]byte, error) {
	switch {
	case s.Deleted:
		return nil, ErrDeleted
	case len(s.Box) < boxOverhead:
		return nil, ErrDamaged
	case s.Box.Key() != k.ID():
		return nil, fmt.Errorf("%w: %s, not %s", ErrOtherKey, s.Box.Key(), k.ID())
	}
	nonce, sealed := s.Box[keyIDSize:keyIDSize+chacha20poly1305.NonceSizeX], s.Box[keyIDSize+chacha20poly1305.NonceSizeX:]
	clear, err := k.seal.Open(nil, nonce, sealed, s.bound())
	if err != nil {
		return nil, ErrDamaged
	}
	return clear, nil
}
