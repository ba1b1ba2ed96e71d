package cluster

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// NodeID identifies a node for ever: the first 16 bytes of the SHA-256 of its
// public key, in hexadecimal. Names are labels and may be given again.
type NodeID string

// nodeIDBytes is the length of a NodeID before it is written out.
const nodeIDBytes = 16

// IDOf returns the id of the node with a public key.
func IDOf(key ed25519.PublicKey) NodeID {
	sum := sha256.Sum256(key)
	return NodeID(hex.EncodeToString(sum[:nodeIDBytes]))
}

// ParseNodeID reads a NodeID.
func ParseNodeID(s string) (NodeID, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != nodeIDBytes {
		return "", fmt.Errorf("node id %.40q: want %d hexadecimal digits", s, 2*nodeIDBytes)
	}
	return NodeID(hex.EncodeToString(raw)), nil
}

// ErrBadSeed is returned for a seed of the wrong length.
var ErrBadSeed = errors.New("identity seed: want 32 bytes")

// Identity is what a node proves itself with.
type Identity struct{ key ed25519.PrivateKey }

// NewIdentity makes the identity of a seed of 32 random bytes, which is all
// that has to be kept secret, and kept.
func NewIdentity(seed []byte) (*Identity, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("making identity: %w, got %d", ErrBadSeed, len(seed))
	}
	return &Identity{key: ed25519.NewKeyFromSeed(seed)}, nil
}

// ID returns the node's id.
func (i *Identity) ID() NodeID { return IDOf(i.Public()) }

// Public returns the public key.
func (i *Identity) Public() ed25519.PublicKey {
	return ed25519.PublicKey(i.key[ed25519.SeedSize:])
}
