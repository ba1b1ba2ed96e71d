package resolver

import (
	"fmt"
	"testing"
	"testing/synctest"

	"meridian/dnswire"
)

func TestNameServers(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want string
		kind Kind
	}{
		"two, sorted, once each": {"x.test. 60 NS b.test.\nX.test. 60 NS A.test.\nx.test. 60 NS b.test.", "[a.test. b.test.]", 0},
		"of another zone":        {"y.test. 60 NS b.test.", "[]", 0},
		"alias":                  {"x.test. 60 CNAME y.test.\ny.test. 60 NS b.test.", "[]", 0},
		"none":                   {soa, "[]", 0},
		"no such name":           {"rcode=NXDOMAIN" + soa, "[]", 0},
		"servfail":               {"rcode=SERVFAIL", "[]", ServFail},
		"silent":                 {"silent", "[]", Timeout},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newFake(t, &fakeNet{serve: zone(map[string]string{"": test.text})}, Options{})
			got, err := r.NameServers(t.Context(), dnswire.Name("x.test."))
			if fmt.Sprint(got) != test.want || kindIn(err) != test.kind {
				t.Errorf("%s: got %v, %v, want %s, %v", name, got, err, test.want, test.kind)
			}
		})
	}
}
