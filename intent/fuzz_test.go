package intent

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode: whatever a record holds, what is read of it is within limits,
// says the same when it is written and read again, and folds.
func FuzzDecode(f *testing.F) {
	full, err := timedValue().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(`{"object":"service","property":"frozen","layer":"standing","id":"0000000000000001-00000000000000000000000000000001","clear":true,"seen":{},"bypass":[],"detail":null}`))
	f.Add([]byte(`{"object":"location/a","property":"shed","layer":"drill","id":"ffffffffffffffff-00000000000000000000000000000001","text":"4096","for":1,"detail":{ "a" : [1e999, "\u2028"] }}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Decode(data)
		if err != nil {
			return
		}
		if err := v.Validate(); err != nil {
			t.Fatalf("read and not valid: %v", err)
		}
		again, err := v.Encode()
		if err != nil {
			return // written with fewer escapes it may be longer than it may be
		}
		o, err := Decode(again)
		if diff := cmp.Diff(v, o); diff != "" || err != nil {
			t.Fatalf("%v; read, written and read (-first +second):\n%s", err, diff)
		}
		Fold(Input{Values: []Held{{Value: v}, {Value: timedValue()}}, Locations: []Object{v.Object}, MinEnabled: 1})
	})
}

// FuzzDecodeNode: as FuzzDecode, of registrations.
func FuzzDecodeNode(f *testing.F) {
	full, err := fullNode().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(`{"name":"a","location":"b","roles":["dns"],"state":"active"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := DecodeNode(data)
		if err != nil {
			return
		}
		again, err := n.Encode()
		if err != nil {
			return // as above
		}
		o, err := DecodeNode(again)
		if diff := cmp.Diff(n, o); diff != "" || err != nil {
			t.Fatalf("%v; read, written and read (-first +second):\n%s", err, diff)
		}
		NewRegistry([]Node{n, o, fullNode()}, nil)
	})
}
