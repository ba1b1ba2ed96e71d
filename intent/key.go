package intent

import (
	"cmp"
	"fmt"
)

// Layer is where a value lies. A layer never overwrites another.
type Layer uint8

// The layers, lowest first.
const (
	Standing Layer = iota // until it is cleared
	Timed                 // until its lease ends
	Drill                 // until its drill ends
	layers                // how many there are
)

// String returns the layer's name: "standing", "timed" or "drill".
func (l Layer) String() string {
	if l >= layers {
		return fmt.Sprintf("layer(%d)", uint8(l))
	}
	return [layers]string{"standing", "timed", "drill"}[l]
}

// ParseLayer reads a layer's name.
func ParseLayer(s string) (Layer, error) {
	for l := range layers {
		if l.String() == s {
			return l, nil
		}
	}
	return 0, fmt.Errorf("layer %.40q: want standing, timed or drill", s)
}

// MarshalText returns the layer's name.
func (l Layer) MarshalText() ([]byte, error) {
	if l >= layers {
		return nil, fmt.Errorf("layer %d: want 0 .. %d", uint8(l), layers-1)
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads a layer's name.
func (l *Layer) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLayer(string(text))
	return err
}

// Key is what one value is written under.
type Key struct {
	Object   Object   `json:"object"`
	Property Property `json:"property"`
	Layer    Layer    `json:"layer"`
}

// Target returns what the key is about, whatever the layer.
func (k Key) Target() Target { return Target{Object: k.Object, Property: k.Property} }

// String returns "layer/property/object", as in
// "standing/disableGateway/location/westus2": the key of its record.
func (k Key) String() string {
	return k.Layer.String() + "/" + string(k.Property) + "/" + string(k.Object)
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Object, o.Object), cmp.Compare(k.Property, o.Property), cmp.Compare(k.Layer, o.Layer))
}

// Target is a property of an object.
type Target struct {
	Object   Object
	Property Property
}
