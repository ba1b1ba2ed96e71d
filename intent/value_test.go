package intent

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// timedValue returns a value that uses every member.
func timedValue() Value {
	return Value{
		Key:    Key{Object: "location/westus2", Property: DisableGateway, Layer: Timed},
		ID:     ID{Time: TimeOf(epoch()) + 3, Node: nodeID(1)},
		Seen:   Seen{nodeID(1): TimeOf(epoch()), nodeID(2): TimeOf(epoch()) + 1<<40},
		Text:   "true",
		For:    30 * time.Minute,
		By:     "alice",
		Reason: "patching <kernel> & more, im Süden",
		Bypass: []string{BypassMinEnabled},
		Detail: json.RawMessage(`{"mode":"<drain>"}`),
	}
}

func TestEncodeDecode(t *testing.T) {
	full := timedValue()
	cleared := Value{Key: Key{Object: ServiceObject, Property: Frozen, Layer: Drill}, ID: ID{1, nodeID(9)}, Clear: true}
	newer := Value{Key: Key{Object: "backend/x", Property: "tripped"}, ID: ID{1, nodeID(9)}, Text: "whatever it is"}
	for _, want := range []Value{full, cleared, newer} {
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("decoded (-want +got):\n%s", diff)
		}
	}
}

func TestEncodedForm(t *testing.T) {
	got, err := timedValue().Encode()
	want := `{"object":"location/westus2","property":"disableGateway","layer":"timed","id":"019ca9450a000003-00000000000000000000000000000001",` +
		`"seen":{"00000000000000000000000000000001":"019ca9450a000000","00000000000000000000000000000002":"019caa450a000000"},` +
		`"text":"true","for":1800000000000,"by":"alice","reason":"patching <kernel> & more, im Süden","bypass":["minEnabledLocations"],"detail":{"mode":"<drain>"}}`
	if err != nil || string(got) != want {
		t.Errorf("encoded: got %s, %v, want %s", got, err, want)
	}
}

func TestDecodeLetsUnknownMembersPass(t *testing.T) {
	data := `{"object":"node/x","property":"forgotten","layer":"standing","id":"0000000000000001-` + string(nodeID(1)) + `","text":"true","colour":"red"}`
	if v, err := Decode([]byte(data)); err != nil || v.Text != "true" {
		t.Errorf("got %+v, %v, want it read", v, err)
	}
}

// TestLargestValue: a value at all of its limits fits into a record.
func TestLargestValue(t *testing.T) {
	v := timedValue()
	v.Object = Object("location/" + strings.Repeat("x", maxObject-len("location/")))
	v.Reason, v.By = strings.Repeat("\"", MaxReason), strings.Repeat("\\", maxBy)
	v.Detail = json.RawMessage(`"` + strings.Repeat("<", MaxDetail-2) + `"`)
	for i := range maxSeen - len(v.Seen) {
		v.Seen[nodeID(100+i)] = 1
	}
	v.Bypass = nil
	for range maxBypass {
		v.Bypass = append(v.Bypass, strings.Repeat("r", maxRule))
	}
	if data, err := v.Encode(); err != nil {
		t.Errorf("got %d bytes, %v, want at most %d", len(data), err, MaxEncoded)
	}
}

func TestValidate(t *testing.T) {
	tests := map[string]func(*Value){
		"object":               func(v *Value) { v.Object = "" },
		"of a profile":         func(v *Value) { v.Object = "profile/shop" },
		"printable text":       func(v *Value) { v.Object = "location/a\n" },
		"at most 200|200 byte": func(v *Value) { v.Object = Object("location/" + strings.Repeat("x", 192)) },
		"layer 3":              func(v *Value) { v.Layer = 3 },
		"property":             func(v *Value) { v.Property = "a/b" },
		"letters":              func(v *Value) { v.Property = Property(strings.Repeat("a", maxProperty+1)) },
		"want a time":          func(v *Value) { v.ID.Time = 0 },
		"node id":              func(v *Value) { v.ID.Node = "x" },
		"lower case":           func(v *Value) { v.ID.Node = NodeID(strings.Repeat("A", 32)) },
		"already said":         func(v *Value) { v.Seen[v.ID.Node] = v.ID.Time },
		"seen \"x\"":           func(v *Value) { v.Seen["x"] = 1 },
		"at 0000000000000000":  func(v *Value) { v.Seen[nodeID(3)] = 0 },
		"at most 512": func(v *Value) {
			for i := range maxSeen + 1 {
				v.Seen[nodeID(10+i)] = 1
			}
		},
		"want one of":                func(v *Value) { v.Text = "yes" },
		"1 .. 64 bytes":              func(v *Value) { v.Text = "" },
		"want none of a value that":  func(v *Value) { v.Clear, v.For = true, 0 },
		"want none in the layer":     func(v *Value) { v.Layer = Standing },
		"nor of a value that clears": func(v *Value) { v.Clear, v.Text = true, "" },
		"want more than 0s":          func(v *Value) { v.For = 0 },
		"at most 720h0m0s":           func(v *Value) { v.For = MaxFor + 1 },
		"by \"":                      func(v *Value) { v.By = strings.Repeat("x", maxBy+1) },
		"reason of 501":              func(v *Value) { v.Reason = strings.Repeat("x", MaxReason+1) },
		"want a reason":              func(v *Value) { v.Reason = " " },
		"bypass of 9":                func(v *Value) { v.Bypass = make([]string, maxBypass+1) },
		"name of a rule":             func(v *Value) { v.Bypass = []string{""} },
		"detail of":                  func(v *Value) { v.Detail = make([]byte, MaxDetail+1) },
		"want JSON":                  func(v *Value) { v.Detail = json.RawMessage("{") },
	}
	if err := timedValue().Validate(); err != nil {
		t.Fatalf("the value to spoil: %v", err)
	}
	for want, spoil := range tests {
		v := timedValue()
		spoil(&v)
		err := v.Validate()
		if !contains(err, want) {
			t.Errorf("%s: got %v", want, err)
		}
		if _, err := v.Encode(); err == nil {
			t.Errorf("%s: it was encoded", want)
		}
	}
}

// contains reports whether an error says one of several words.
func contains(err error, words string) bool {
	if err == nil {
		return false
	}
	for w := range strings.SplitSeq(words, "|") {
		if strings.Contains(err.Error(), w) {
			return true
		}
	}
	return false
}

func TestDecodeRefuses(t *testing.T) {
	for want, data := range map[string]string{
		"49153 bytes":        strings.Repeat(" ", MaxEncoded+1),
		"unexpected end":     `{"object":`,
		"object":             `{}`,
		"want standing":      `{"layer":"top"}`,
		"16 hexadecimal":     `{"id":"12-34"}`,
		"32 hexadecimal":     `{"id":"0000000000000001-34"}`,
		"cannot unmarshal":   `[]`,
		"after top-level":    `{} {}`,
		"hexadecimal digits": `{"seen":{"a":"zzzzzzzzzzzzzzzz"}}`,
	} {
		if _, err := Decode([]byte(data)); !contains(err, want) {
			t.Errorf("%.40q: got %v, want %s", data, err, want)
		}
	}
}

func TestOff(t *testing.T) {
	for _, test := range []struct {
		p    Property
		text string
		off  bool
	}{
		{DisableGateway, "true", true},
		{DisableGateway, "false", false},
		{DisableGateway, "", false},
		{EndpointStatus, "Disabled", true},
		{EndpointStatus, "Enabled", false},
		{ProfileStatus, "Disabled", true},
		{Verdict, "down", true},
		{Verdict, "up", false},
		{Shed, "0", false},
		{Shed, "1", true},
		{Shed, "", false},
		{Frozen, "true", true},
		{Forgotten, "true", true},
		{"tripped", "true", false},
	} {
		if got := test.p.Off(test.text); got != test.off {
			t.Errorf("%s %q: got %v, want %v", test.p, test.text, got, test.off)
		}
	}
}

func TestShedIsANumber(t *testing.T) {
	for text, ok := range map[string]bool{"0": true, "4096": true, "4097": false, "-1": false, "01": false, "+1": false, "1.5": false} {
		if err := Shed.check(text); (err == nil) != ok {
			t.Errorf("%s: got %v, want ok %v", text, err, ok)
		}
	}
}

func TestKeyText(t *testing.T) {
	for text, want := range map[string]Key{
		"standing/disableGateway/location/westus2": {"location/westus2", DisableGateway, Standing},
		"drill/endpointStatus/endpoint/shop/us":    {"endpoint/shop/us", EndpointStatus, Drill},
	} {
		if got := want.String(); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	longest := Key{Object(strings.Repeat("x", maxObject)), Property(strings.Repeat("p", maxProperty)), Standing}
	if n := len(longest.String()); n > 255 {
		t.Errorf("longest key: got %d bytes, want at most those of a record's", n)
	}
}

func TestObjects(t *testing.T) {
	for _, test := range []struct {
		o          Object
		kind, name string
	}{
		{LocationObject("westus2"), "location", "westus2"},
		{ProfileObject("shop"), "profile", "shop"},
		{EndpointObject("shop", "us"), "endpoint", "shop/us"},
		{TargetObject("shop/us"), "target", "shop/us"},
		{NodeObject(nodeID(1)), "node", string(nodeID(1))},
		{ServiceObject, "service", ""},
	} {
		if test.o.Kind() != test.kind || test.o.Name() != test.name {
			t.Errorf("%s: got %q and %q, want %q and %q", test.o, test.o.Kind(), test.o.Name(), test.kind, test.name)
		}
	}
}

func TestIDOrder(t *testing.T) {
	a, b, c := ID{1, nodeID(2)}, ID{2, nodeID(1)}, ID{2, nodeID(2)}
	if !a.Less(b) || !b.Less(c) || b.Less(a) || c.Less(c) {
		t.Errorf("got another order than time, then node")
	}
	if got, err := ParseID(b.String()); err != nil || got != b {
		t.Errorf("%s: got %v, %v", b, got, err)
	}
	if fmt.Sprint(a) >= fmt.Sprint(b) {
		t.Errorf("texts: got %s not before %s", a, b)
	}
}

func TestAfter(t *testing.T) {
	const other = NodeID("0123456789abcdef0123456789abcdef")
	for _, c := range []struct {
		said, seen Time
		want       bool
	}{{7, 7, false}, {8, 7, true}, {7, 8, true}} {
		v := Value{ID: ID{Time: c.said}, Seen: Seen{other: c.seen}}
		if got := v.After(7); got != c.want {
			t.Errorf("said at %d, seen %d: got %v, want %v", c.said, c.seen, got, c.want)
		}
	}
}
