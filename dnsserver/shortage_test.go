package dnsserver

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"meridian/internal/dnstest"
)

func TestAffordable(t *testing.T) {
	for _, tt := range []struct {
		wanted      int
		descriptors uint64
		want        int
	}{
		{1024, 1 << 63, 1024},
		{1024, 1536, 1024},
		{1024, 1535, 1023},
		{1024, 1024, 512},
		{1024, 600, 300},
		{1024, 64, 32},
		{1024, 8, 16},
		{20, 64, 20},
		{4, 8, 4},
	} {
		var log bytes.Buffer
		o := Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), Limits: Limits{Connections: tt.wanted}}
		got := o.affordable(tt.descriptors)
		if got != tt.want {
			t.Errorf("%d connections with %d descriptors: got %d, want %d", tt.wanted, tt.descriptors, got, tt.want)
		}
		warned := strings.Contains(log.String(), fmt.Sprintf("connections=%d configured=%d", got, tt.wanted))
		if warned != (got < tt.wanted) {
			t.Errorf("%d connections with %d descriptors: got log %q", tt.wanted, tt.descriptors, log.String())
		}
	}
}

// Limits of the child process of TestDescriptorsRunOut, and the variable that
// makes a test process that child.
const (
	childDescriptors = 64
	childVariable    = "DNSSERVER_TEST_DESCRIPTORS"
)

// TestDescriptorsChild is the server of TestDescriptorsRunOut: it tells its
// address, and ends when its input does.
func TestDescriptorsChild(t *testing.T) {
	when := os.Getenv(childVariable)
	if when == "" {
		t.Skip("only in a process of its own")
	}
	shorten := func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: childDescriptors, Max: childDescriptors}); err != nil {
			t.Fatal(err)
		}
	}
	if when == "before" {
		shorten()
	}
	o := testOptions()
	o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	s := startServer(t, o, newWorld(t).view)
	if when == "after" {
		shorten()
	}
	fmt.Println("address", s.Addrs()[0])
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println("evicted", s.counters[len(s.counters)-1].closed[closeEvicted].Load())
}

// child runs a server in a process with few descriptors, fewer before or after
// it was made. end ends it, and returns what it logged and printed.
func child(t *testing.T, when string) (at netip.AddrPort, end func() string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestDescriptorsChild$")
	cmd.Env = append(os.Environ(), childVariable+"="+when)
	var log bytes.Buffer
	cmd.Stderr = &log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	line, err := reader.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	end = func() string {
		_ = in.Close()
		rest, _ := io.ReadAll(reader)
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v\n%s%s", err, rest, log.String())
		}
		return log.String() + string(rest)
	}
	at, err = netip.ParseAddrPort(strings.TrimSpace(strings.TrimPrefix(line, "address ")))
	if err != nil {
		end()
		t.Fatalf("child printed %q: %v", line, err)
	}
	return at, end
}

// TestDescriptorsRunOut: 300 silent connections to a server with 64
// descriptors, made again and again, do not keep others from being answered.
// Where the shortage shows at the start, the server has fewer connections from
// the first.
func TestDescriptorsRunOut(t *testing.T) {
	for when, lowered := range map[string]bool{"before": true, "after": false} {
		t.Run(when, func(t *testing.T) {
			at, end := child(t, when)
			var silent []net.Conn
			defer func() {
				for _, conn := range silent {
					_ = conn.Close()
				}
			}()
			query := mustQuery(t, "A single.gtm.test.")
			for round := range 6 {
				for range 50 {
					conn, err := net.DialTimeout("tcp", at.String(), dnstest.Patience)
					if err != nil {
						t.Fatal(err)
					}
					silent = append(silent, conn)
				}
				start := time.Now()
				if _, err := dnstest.TCP(at, query, dnstest.Patience); err != nil {
					t.Errorf("round %d: after %v: %v", round, time.Since(start), err)
				}
			}
			said := end()
			if strings.Contains(said, "evicted 0\n") || !strings.Contains(said, "evicted ") {
				t.Errorf("got %q, want evicted connections", said)
			}
			if got := strings.Contains(said, "connections=32 configured=1024 descriptor_limit=64"); got != lowered {
				t.Errorf("got a lowered limit %t, want %t: %s", got, lowered, said)
			}
			want := 1
			if lowered {
				want = 0
			}
			if got := strings.Count(said, "accepting a dns connection failed"); got != want {
				t.Errorf("got %d log lines about accepting, want %d: %s", got, want, said)
			}
		})
	}
}

// TestAcceptPause: pauses are short again only after a quiet second.
func TestAcceptPause(t *testing.T) {
	var p acceptPause
	now := time.Unix(1e9, 0)
	for i, tt := range []struct{ after, want time.Duration }{
		{0, minAcceptPause},
		{minAcceptPause, 2 * minAcceptPause},
		{500 * time.Millisecond, 4 * minAcceptPause},
		{4*minAcceptPause + acceptQuiet, minAcceptPause},
	} {
		now = now.Add(tt.after)
		if got := p.next(now); got != tt.want {
			t.Errorf("failure %d: got %v, want %v", i, got, tt.want)
		}
	}
}
