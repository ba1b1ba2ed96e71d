package node

import (
	"crypto/rand"
	"fmt"

	"meridian/cluster"
)

// identityBytes is the length of the seed that is a node's identity.
const identityBytes = 32

// newIdentity reads who this node is from disk; a node without is new. An
// identity that is damaged is not replaced: the node would be another one, and
// the one it was would stand in the registry for ever.
func (n *Node) newIdentity() error {
	saved, known, err := n.load(identityBlob)
	if err != nil {
		return fmt.Errorf("reading the node's identity: %w; restore it, or remove it and have the other nodes forget this one", err)
	}
	seed := saved.Data
	if !known {
		seed = make([]byte, identityBytes)
		_, _ = rand.Read(seed) // never fails: it ends the process instead
		if err := n.disk.Save(identityBlob, seed); err != nil {
			n.log.Error("identity not saved, this node will be another one after a restart", "error", err)
		}
	}
	n.self, err = cluster.NewIdentity(seed)
	return err
}
