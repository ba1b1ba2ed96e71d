package node

import (
	"testing"

	"meridian/internal/dnstest"
)

// newFakeDNS serves until the test ends.
func newFakeDNS(t *testing.T, at string, tcp bool, answer func(name, rrtype string) dnstest.Answer) *dnstest.Server {
	t.Helper()
	s, err := dnstest.NewServer(at, tcp, answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
