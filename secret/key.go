package secret

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// KeySize is the length of a secrets key in bytes.
const KeySize = 32

// keyIDSize is the length of a KeyID before it is written out.
const keyIDSize = 8

// KeyID tells secrets keys apart and gives nothing of them away: 16
// hexadecimal digits.
type KeyID string

// Key seals secrets.
type Key struct {
	id    [keyIDSize]byte
	seal  cipher.AEAD
	print [sha256.Size]byte // of fingerprints
}

// NewKey makes the key of 32 random bytes.
func NewKey(raw []byte) (*Key, error) {
	if len(raw) != KeySize {
		return nil, fmt.Errorf("secrets key of %d bytes: want %d", len(raw), KeySize)
	}
	sealing := Derive(raw, "meridian secrets seal", 0)
	aead, err := chacha20poly1305.NewX(sealing[:])
	if err != nil {
		return nil, fmt.Errorf("making secrets key: %w", err)
	}
	k := &Key{seal: aead, print: Derive(raw, "meridian secrets fingerprint", 0)}
	id := Derive(raw, "meridian secrets id", 0)
	copy(k.id[:], id[:])
	return k, nil
}

// ID returns the key's id.
func (k *Key) ID() KeyID { return KeyID(hex.EncodeToString(k.id[:])) }

// Fingerprint returns 16 hexadecimal digits that are equal for equal values of
// one name under one key, and tell nothing to who does not have the key.
func (k *Key) Fingerprint(name Name, clear []byte) string {
	text := append([]byte{byte(len(name))}, name...)
	sum := mac(k.print[:], append(text, clear...))
	return hex.EncodeToString(sum[:8])
}

// Derive returns the key for a purpose, such as "dns cookies", by HKDF with
// SHA-256 and no salt (RFC 5869; 32 bytes are one block of its expansion). A
// higher generation is another key of the same purpose.
func Derive(clusterKey []byte, purpose string, generation uint32) [32]byte {
	info := binary.BigEndian.AppendUint32([]byte(purpose+"\x00"), generation)
	extracted := mac(make([]byte, sha256.Size), clusterKey)
	return mac(extracted[:], append(info, 1))
}

func mac(key, data []byte) (out [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	h.Sum(out[:0])
	return out
}
