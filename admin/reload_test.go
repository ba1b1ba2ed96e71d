package admin

import (
	"log/slog"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestCertificateIsReadAgain: a new certificate is used without a restart, one
// that cannot be is not.
func TestCertificateIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, dir := NewAuthority(t, "ours"), t.TempDir()
		files := ours.Server(t, dir, "one")
		c, err := newCertificates(files, slog.New(slog.DiscardHandler), prometheus.NewCounter(prometheus.CounterOpts{Name: "x"}))
		if err != nil {
			t.Fatal(err)
		}
		served := func() string {
			time.Sleep(recheckPEM)
			return c.get().own.Leaf.Subject.CommonName
		}
		if got := served(); got != "one" {
			t.Errorf("got %q, want one", got)
		}
		if err := os.WriteFile(files.Certificate, []byte("none"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := served(); got != "one" {
			t.Errorf("with a file that is none: got %q, want one", got)
		}
		ours.Server(t, dir, "another")
		if got := c.get().own.Leaf.Subject.CommonName; got != "one" {
			t.Errorf("within a second: got %q, want one", got)
		}
		if got := served(); got != "another" {
			t.Errorf("got %q, want another", got)
		}
		if err := os.Remove(files.Key); err != nil {
			t.Fatal(err)
		}
		if got := served(); got != "another" {
			t.Errorf("without the key: got %q, want another", got)
		}
	})
}

// TestClientCertificateExpires: it is looked at again while the connection
// stands.
func TestClientCertificateExpires(t *testing.T) {
	ours := NewAuthority(t, "ours")
	files := ours.Server(t, t.TempDir(), "one")
	now, err := files.load()
	if err != nil {
		t.Fatal(err)
	}
	for until, want := range map[time.Duration]bool{time.Hour: true, -time.Second: false} {
		cert := ours.Client(t, "alice", time.Now().Add(until))
		if err := now.verify(leaf(t, cert)); (err == nil) != want {
			t.Errorf("until %v from now: got %v, want valid %t", until, err, want)
		}
	}
	server := now.own
	if err := now.verify(leaf(t, &server)); err == nil {
		t.Error("a server's certificate passes for a client's")
	}
}
