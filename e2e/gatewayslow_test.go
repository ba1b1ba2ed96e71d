//go:build linux

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// slowConnections is how many a foreign program keeps busy.
const slowConnections = 1000

// TestSlowHTTP has slowhttptest keep 1,000 connections busy in each of its modes
// (faults.md E7): honest clients are served, memory stays bounded, and every slow
// connection is closed. A header may take the product's default of 10 s; bodies
// and answers may stand still for 6 s, which is a minute by default.
func TestSlowHTTP(t *testing.T) {
	t.Parallel()
	need(t, "slowhttptest", "prlimit")
	for _, mode := range []struct {
		name, path string
		words      string // of slowhttptest
	}{
		{"header", "/x", "-H -i 1"},
		{"body", "/x", "-B -i 15 -s 100000"},
		{"read", "/large", "-X -w 1 -y 512 -n 1 -z 5"},
	} {
		t.Run(mode.name, func(t *testing.T) { slowHTTP(t, mode.path, strings.Fields(mode.words)) })
	}
}

func slowHTTP(t *testing.T, path string, words []string) {
	backend := startOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			_, _ = w.Write(make([]byte, 1<<20)) // nobody reads all of it
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // it breaks off
	}))
	file := strings.Replace(gatewayNode("West US", "127.0.0.1:0", nobody), "gateway: {", "gateway: {limits: {stallTimeout: 6s}, ", 1)
	n, url := serveGateway(t, file, apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: %q}]
apis: [{name: b, path: /, backend: b}]
`, backend)))
	h := startHonest(t, url+"/x", 20, false)
	before := n.watchMemory(t)
	slow := start(t, []string{"TERM=dumb"}, append([]string{
		"prlimit", "--nofile=4096:", "slowhttptest", "-c", fmt.Sprint(slowConnections), "-r", "1000", "-l", "240", "-u", url + path,
	}, words...)...)
	port := url[strings.LastIndex(url, ":")+1:]
	most := 0
	eventually(t, 2*startTime, "many slow connections being there at once", func() (bool, string) {
		most = max(most, connections(t, port))
		return most >= slowConnections/4, fmt.Sprintf("%d at most; %s", most, tail(slow.log.String()))
	})
	closed := eventually(t, time.Minute, "the slow connections being closed", func() (bool, string) {
		open := connections(t, port)
		most = max(most, open) // all, unless the machine is so busy that the first are closed before the last come
		return open < slowConnections/20, fmt.Sprint(open)
	})
	h.served(t, "beside slow clients", 0.99)
	eventually(t, 2*startTime, "no connection being left", func() (bool, string) {
		open := connections(t, port)
		return open == 0, fmt.Sprint(open)
	})
	used := n.memory(t, "VmHWM") - before
	t.Logf("%d at once, closed within %v; %d KiB more memory", most, closed, used>>10)
	// Each may hold a header of 64 KiB, or a piece of a body or an answer and the
	// buffers of two connections, which is less.
	if bound := slowConnections * 64 << 10; used > bound {
		t.Errorf("%d slow connections took %d MiB, want at most %d", slowConnections, used>>20, bound>>20)
	}
}

// connections counts what the kernel has of connections at a port of 127.0.0.1:
// those that wait for the other side after they were closed are among them, and
// not those that only wait for time to pass.
func connections(t *testing.T, port string) (open int) {
	t.Helper()
	const listening, timeWait = "0A", "06"
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(read(t, "/proc/net/tcp")) {
		f := strings.Fields(line)
		if f[1] == fmt.Sprintf("0100007F:%04X", number) && f[3] != listening && f[3] != timeWait {
			open++
		}
	}
	return open
}
