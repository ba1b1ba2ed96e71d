package node

import "testing"

func TestNodeFilesAreTold(t *testing.T) {
	for text, want := range map[string]bool{
		"node: {name: a}\nservice: s.yaml\n":            true,
		"# my node\nservice: s.yaml\n":                  true,
		"dns: {}\n":                                     true,
		"{\n\t\"node\": {\"name\": \"a\"}\n}\n":         true,
		"{\"node\": {}}":                                true,
		"name: contoso\nzone: gtm.test\n":               false,
		"hostnames:\n  - name: a.test\n    dns: zone\n": false,
		"":          false,
		"services:": false,
	} {
		if got := isNodeFile([]byte(text)); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}
