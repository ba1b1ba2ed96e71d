package secret

// Ring is the secrets keys a node has: the current one, which seals, and older
// ones, which still open what they sealed.
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
