package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// outcome is the trailer that says how a request went; empty: well.
const outcome = "Meridian-Outcome"

// control is the socket by which a running demo is told what to do.
type control struct {
	path     string
	listener net.Listener
	web      *web
	act      func(ctx context.Context, verb, location string, w io.Writer) error
}

// socketPath is the socket of the demo with a DNS port.
func socketPath(dir string, dnsPort int) string {
	return filepath.Join(dir, fmt.Sprintf("%d.sock", dnsPort))
}

// newControl binds the socket in a folder that is this user's alone.
func newControl(dir string, dnsPort int, act func(context.Context, string, string, io.Writer) error) (*control, error) {
	if err := ownFolder(dir); err != nil {
		return nil, err
	}
	c := &control{path: socketPath(dir, dnsPort), act: act}
	if err := alone(dir, dnsPort); err != nil {
		return nil, err
	}
	if err := os.Remove(c.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing the socket of an earlier demo: %w", err)
	}
	var err error
	if c.listener, err = net.Listen("unix", c.path); err != nil {
		return nil, fmt.Errorf("binding the demo's socket: %w", err)
	}
	return c, nil
}

// alone fails where a demo with a DNS port runs already.
func alone(dir string, dnsPort int) error {
	conn, err := net.DialTimeout("unix", socketPath(dir, dnsPort), time.Second)
	if running := err == nil; running {
		conn.Close()
		return fmt.Errorf("a demo with dns port %d runs already: end it, or choose other ports with --dns-port, --gateway-port and --admin-port", dnsPort)
	}
	return nil
}

// ownFolder makes a folder that nobody else can enter.
func ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the demo's socket folder: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("looking at the demo's socket folder: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm() != 0o700 || !ours(info) {
		return fmt.Errorf("socket folder %s: want a folder of your own with mode 0700, got %s", dir, info.Mode())
	}
	return nil
}

// ours reports whether a file belongs to this user.
func ours(info os.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Getuid()
}

// serve answers until shutdown. What was asked is done under ctx, to its end
// even when whoever asked has gone: the next one finds a settled state.
func (c *control) serve(ctx context.Context) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{verb}", func(w http.ResponseWriter, r *http.Request) {
		c.handle(ctx, w, r)
	})
	c.web = serveWeb(c.listener, mux)
}

// handle does what is asked and writes what happens as it happens.
func (c *control) handle(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	verb, location := r.PathValue("verb"), r.URL.Query().Get("location")
	if verb != "stop" && verb != "start" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Trailer", outcome)
	w.WriteHeader(http.StatusOK)
	if err := c.act(ctx, verb, location, flushing{w}); err != nil {
		w.Header().Set(outcome, oneLine(err.Error()))
	}
}

// flushing sends every line at once.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.ResponseWriter.Write(b)
	if err == nil {
		err = http.NewResponseController(f.ResponseWriter).Flush()
	}
	return n, err
}

// oneLine makes a text fit for a header field.
func oneLine(s string) string {
	out := []byte(s)
	for i, b := range out {
		if b < ' ' || b > '~' {
			out[i] = ' '
		}
	}
	return string(out)
}

// shutdown unbinds and removes the socket and waits for requests under way; the
// context of serve has ended.
func (c *control) shutdown(ctx context.Context) error {
	if c.web == nil {
		return c.listener.Close()
	}
	return c.web.shutdown(ctx)
}
