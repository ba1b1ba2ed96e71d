//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// honest is a client that sends requests at a steady rate, whatever became of
// those before: what is slow does not make it ask less.
type honest struct {
	client *http.Client
	url    string
	quit   chan struct{}
	once   sync.Once
	all    sync.WaitGroup
	sent   atomic.Int64
	failed atomic.Int64
	first  atomic.Pointer[string] // failure
}

// honestTime is how long an honest client waits for an answer beside abuse, on a
// busy machine.
const honestTime = 20 * time.Second

// startHonest sends so many requests a second until it is stopped, over kept
// connections, or each over one of its own.
func startHonest(t *testing.T, url string, perSecond int, keep bool) *honest {
	t.Helper()
	return startPatient(t, url, perSecond, keep, honestTime)
}

// startPatient is startHonest where no more is asked than that answers come: a
// busy machine may take long for so many.
func startPatient(t *testing.T, url string, perSecond int, keep bool, patience time.Duration) *honest {
	t.Helper()
	h := &honest{url: url, quit: make(chan struct{}), client: &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{DisableKeepAlives: !keep, MaxIdleConnsPerHost: 100},
	}}
	t.Cleanup(func() { h.stop() })
	h.all.Go(func() { h.pace(perSecond) })
	return h
}

// pace sends what is due. A machine that is busy makes it send the rest at once.
func (h *honest) pace(perSecond int) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); ; {
		select {
		case <-h.quit:
			return
		case <-tick.C:
		}
		due := int64(time.Since(begin).Seconds() * float64(perSecond))
		for h.sent.Load() < due {
			h.sent.Add(1)
			h.all.Go(h.ask)
		}
	}
}

func (h *honest) ask() {
	if err := h.try(); err != nil {
		h.failed.Add(1)
		text := err.Error()
		h.first.CompareAndSwap(nil, &text)
	}
}

// try sends one request.
func (h *honest) try() error {
	res, err := h.client.Get(h.url)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("%s %v %q: %w", res.Status, res.Header, body, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s", res.Status, body)
	}
	return nil
}

// stop waits until every request has ended, and returns how many there were.
func (h *honest) stop() (sent, failed int64, first string) {
	h.once.Do(func() { close(h.quit) })
	h.all.Wait()
	h.client.CloseIdleConnections()
	if f := h.first.Load(); f != nil {
		first = *f
	}
	return h.sent.Load(), h.failed.Load(), first
}

// served stops the client and wants at least a share of its requests answered
// with 200.
func (h *honest) served(t *testing.T, what string, share float64) {
	t.Helper()
	sent, failed, first := h.stop()
	t.Logf("%s: %d of %d honest requests failed", what, failed, sent)
	if sent == 0 || float64(sent-failed) < share*float64(sent) {
		t.Errorf("%s: %d of %d honest requests failed, want at most %.0f %%; the first: %s", what, failed, sent, 100-100*share, first)
	}
}

// startOrigin serves h on loopback and returns its URL.
func startOrigin(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, h)
	return "http://" + l.Addr().String()
}

// serveOn serves h on a listener until the test ends.
func serveOn(t *testing.T, l net.Listener, h http.Handler) {
	t.Helper()
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // until Close
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
}

// memory returns a field of the process's status in bytes: VmRSS is what it
// holds in memory, VmHWM the most since watchMemory.
func (p *process) memory(t *testing.T, field string) int {
	t.Helper()
	for line := range strings.Lines(read(t, fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))) {
		if f := strings.Fields(line); f[0] == field+":" {
			kb, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatalf("process %d has no %s", p.cmd.Process.Pid, field)
	return 0
}

// watchMemory has VmHWM begin anew and returns VmRSS.
func (p *process) watchMemory(t *testing.T) int {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	return p.memory(t, "VmRSS")
}
