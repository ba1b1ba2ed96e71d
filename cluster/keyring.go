package cluster

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/memberlist"
)

// Errors of a KeyRing.
var (
	ErrBadKey     = errors.New("gossip key: want 16, 24 or 32 bytes")
	ErrUnknownKey = errors.New("no such gossip key")
	ErrKeyInUse   = errors.New("gossip key in use")
	ErrManyKeys   = errors.New("too many gossip keys")
)

// KeyRing holds the keys of gossip. Rotation is: add the new key everywhere,
// use it everywhere, remove the old one everywhere; whoever goes on to the next
// step must know that every registered node did the last.
type KeyRing struct {
	mu   sync.Mutex               // serializes changes
	keys atomic.Pointer[[]sealer] // the first encrypts; never empty

	// library is memberlist's ring, which seals what we send. Keys are only
	// added to it: what a removed key sealed is refused before it gets there.
	library *memberlist.Keyring
}

// sealer is a key ready for use.
type sealer struct {
	fingerprint string
	key         []byte
	aead        cipher.AEAD
}

func checkKey(key []byte) error {
	if n := len(key); n != 16 && n != 24 && n != 32 {
		return fmt.Errorf("%w, got %d", ErrBadKey, n)
	}
	return nil
}

// Fingerprint names a gossip key without giving it away: 16 hexadecimal digits.
func Fingerprint(key []byte) string {
	sum := sha256.Sum256(append([]byte("meridian gossip key\x00"), key...))
	return hex.EncodeToString(sum[:8])
}

func newSealer(key []byte) (sealer, error) {
	if err := checkKey(key); err != nil {
		return sealer{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("making cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return sealer{}, fmt.Errorf("making cipher: %w", err)
	}
	return sealer{fingerprint: Fingerprint(key), key: slices.Clone(key), aead: aead}, nil
}

func newKeyRing(keys [][]byte) (*KeyRing, error) {
	r := &KeyRing{}
	r.keys.Store(&[]sealer{})
	library, err := memberlist.NewKeyring(nil, slices.Clone(keys[0]))
	if err != nil {
		return nil, fmt.Errorf("making key ring: %w", err)
	}
	r.library = library
	for _, key := range keys {
		if _, err := r.AddKey(key); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Fingerprints returns those of all keys, the one in use first.
func (r *KeyRing) Fingerprints() []string {
	var out []string
	for _, s := range *r.keys.Load() {
		out = append(out, s.fingerprint)
	}
	return out
}

// AddKey makes a key understood and returns its fingerprint.
func (r *KeyRing) AddKey(key []byte) (string, error) {
	s, err := newSealer(key)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := *r.keys.Load()
	if find(old, s.fingerprint) >= 0 {
		return s.fingerprint, nil
	}
	if len(old) >= maxKeys {
		return "", fmt.Errorf("adding gossip key: %w: have %d, want at most %d", ErrManyKeys, len(old), maxKeys)
	}
	if err := r.library.AddKey(s.key); err != nil {
		return "", fmt.Errorf("adding gossip key: %w", err)
	}
	r.set(append(slices.Clone(old), s))
	return s.fingerprint, nil
}

// UseKey makes the key of a fingerprint the one that encrypts.
func (r *KeyRing) UseKey(fingerprint string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := slices.Clone(*r.keys.Load())
	i := find(keys, fingerprint)
	if i < 0 {
		return fmt.Errorf("using gossip key %.20q: %w", fingerprint, ErrUnknownKey)
	}
	s := keys[i]
	if err := r.library.UseKey(s.key); err != nil {
		return fmt.Errorf("using gossip key %s: %w", fingerprint, err)
	}
	r.set(slices.Insert(slices.Delete(keys, i, i+1), 0, s))
	return nil
}

// RemoveKey forgets a key that is not in use: what it sealed is refused.
func (r *KeyRing) RemoveKey(fingerprint string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := slices.Clone(*r.keys.Load())
	switch i := find(keys, fingerprint); {
	case i < 0:
		return fmt.Errorf("removing gossip key %.20q: %w", fingerprint, ErrUnknownKey)
	case i == 0:
		return fmt.Errorf("removing gossip key %s: %w", fingerprint, ErrKeyInUse)
	default:
		r.set(slices.Delete(keys, i, i+1))
	}
	return nil
}

func (r *KeyRing) set(keys []sealer) { r.keys.Store(&keys) }

func find(keys []sealer, fingerprint string) int {
	return slices.IndexFunc(keys, func(s sealer) bool { return s.fingerprint == fingerprint })
}
