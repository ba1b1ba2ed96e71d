package admin

import (
	"net/netip"
	"os"
	"testing"

	"meridian/admin/api"
)

// TestSocketPrincipal: root and our own user, nobody else, whatever became of
// the socket's mode.
func TestSocketPrincipal(t *testing.T) {
	for uid, want := range map[int]bool{0: true, os.Geteuid(): true, os.Geteuid() + 4711: false, -1: false} {
		p, err := socketPrincipal(&caller{socket: true, uid: uid})
		if (err == nil) != want || (p.Role == api.Admin) != want {
			t.Errorf("user id %d: got %+v, %v, want to be let in: %t", uid, p, err, want)
		}
	}
}

func TestSourceOf(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := sourceOf(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// BenchmarkAuditAppend is the cost of an entry: alone, and where many come at
// once and share the fsync.
func BenchmarkAuditAppend(b *testing.B) {
	l := openAudit(b, AuditOptions{Dir: b.TempDir()})
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			if err := l.Append(change(1)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("together", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := l.Append(change(1)); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
