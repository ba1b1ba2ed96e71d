package resolver

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestParseResolvConf(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "[127.0.0.1:53]",
		"# nameserver 192.0.2.9\n":         "[127.0.0.1:53]",
		"nameserver\nnameserver nonsense":  "[127.0.0.1:53]",
		"search a b\nnameserver 192.0.2.1": "[192.0.2.1:53]",
		"nameserver 192.0.2.1\r\n\tnameserver fe80::1%eth0 # x\noptions ndots:5\n": "[192.0.2.1:53 [fe80::1%eth0]:53]",
	} {
		if got := fmt.Sprint(parseResolvConf(text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	var many strings.Builder
	for i := range 50 {
		fmt.Fprintf(&many, "nameserver 192.0.2.%d\n", i)
	}
	if got := len(parseResolvConf(many.String())); got != MaxServers {
		t.Errorf("got %d servers, want %d", got, MaxServers)
	}
}

// TestResolvConfChanges: a changed file is used within five seconds, a missing
// one changes nothing.
func TestResolvConfChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("nameserver 192.0.2.1\n")
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeNet{serve: zone(positive())}
		r, err := New(Options{ResolvConf: path, Dial: fake.dial})
		if err != nil {
			t.Fatal(err)
		}
		lookup(t, r, "a.test.")
		if fake.count(server1) != 2 {
			t.Errorf("got %v, want the server of the file", fake.log)
		}
		write("nameserver 192.0.2.2 # longer\n")
		after(6 * time.Second)
		lookup(t, r, "b.test.")
		if fake.count(server2) != 2 {
			t.Errorf("got %v, want the server of the new file", fake.log)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		after(6 * time.Second)
		lookup(t, r, "c.test.")
		if fake.count(server2) != 4 {
			t.Errorf("got %v, want the servers as they were", fake.log)
		}
		if err := r.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestResolvConfMissing(t *testing.T) {
	var log bytes.Buffer
	r, err := New(Options{
		ResolvConf: filepath.Join(t.TempDir(), "none"), Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.servers.order(time.Now(), 0)); got != "[127.0.0.1:53]" || !strings.Contains(log.String(), "not read") {
		t.Errorf("got %s and the log %q, want this machine's server and a warning", got, &log)
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}
