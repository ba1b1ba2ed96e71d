package secret

import "fmt"

// Ring is the secrets keys a node has: the current one, which seals, and older
// ones, which still open what is not yet sealed anew.
type Ring struct{ keys []*Key }

// NewRing makes a ring.
func NewRing(current *Key, old ...*Key) Ring {
	return Ring{keys: append([]*Key{current}, old...)}
}

// Current returns the key that seals.
func (r Ring) Current() *Key { return r.keys[0] }

// Open returns what a secret holds, by whichever key it was sealed under.
func (r Ring) Open(s Secret) ([]byte, error) {
	for _, k := range r.keys[1:] {
		if k.ID() == s.Box.Key() {
			return k.Open(s)
		}
	}
	return r.keys[0].Open(s)
}

// Stale reports whether a secret is to be sealed anew.
func (r Ring) Stale(s Secret) bool { return !s.Deleted && s.Box.Key() != r.Current().ID() }

// Rewrap seals what a secret holds under the current key, as a new version.
func (r Ring) Rewrap(s Secret, o Origin) (Secret, error) {
	clear, err := r.Open(s)
	if err != nil {
		return Secret{}, err
	}
	if o.Version <= s.Version {
		return Secret{}, fmt.Errorf("sealing secret %.80q anew as version %d: want more than %d", s.Name, o.Version, s.Version)
	}
	return r.Current().Seal(s.Name, clear, o)
}
