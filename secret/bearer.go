package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

// tokenPrefix tells people, and what searches for leaks, what a text is.
const tokenPrefix = "mrd_"

// Of a token's clear text: the random bytes, then their CRC-32.
const (
	tokenRandom = 32
	tokenSum    = 4
)

// ErrBadToken is returned for a text that is no token: mistyped or cut off.
var ErrBadToken = errors.New("no token: want mrd_ and 58 characters, as it was shown when it was made")

// Hash is the SHA-256 of a token's clear text. That text has 256 random bits,
// so that a slow hash would add nothing.
type Hash [sha256.Size]byte

// MarshalText writes the hash in hexadecimal.
func (h Hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(b []byte) error {
	raw, err := hex.DecodeString(string(b))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("hash of %d characters: want %d hexadecimal digits", len(b), 2*len(h))
	}
	copy(h[:], raw)
	return nil
}

// NewToken makes the clear text of a token, which is shown once, and its hash,
// which is kept.
func NewToken() (clear string, hash Hash) {
	raw := make([]byte, tokenRandom, tokenRandom+tokenSum)
	_, _ = rand.Read(raw) // never fails
	raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
	clear = tokenPrefix + strings.ToLower(tokenText().EncodeToString(raw))
	return clear, sha256.Sum256([]byte(clear))
}

func tokenText() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// HashOf returns the hash of a token's clear text. It fails with ErrBadToken,
// quoting nothing, where the text's own checksum is wrong.
func HashOf(clear string) (Hash, error) {
	text, ok := strings.CutPrefix(clear, tokenPrefix)
	if !ok || len(text) != tokenText().EncodedLen(tokenRandom+tokenSum) || text != strings.ToLower(text) {
		return Hash{}, ErrBadToken
	}
	raw, err := tokenText().DecodeString(strings.ToUpper(text))
	if err != nil || len(raw) != tokenRandom+tokenSum || // the decoder passes over line ends
		binary.BigEndian.Uint32(raw[tokenRandom:]) != crc32.ChecksumIEEE(raw[:tokenRandom]) {
		return Hash{}, ErrBadToken
	}
	return sha256.Sum256([]byte(clear)), nil
}
