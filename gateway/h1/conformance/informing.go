package conformance

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
)

// errStop is what a hook ends a round trip with.
var errStop = errors.New("stop")

func testInformational(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"hints", func(w *world) { hints(w, nil) }},
		{"a hook that fails", func(w *world) { hints(w, errStop) }},
		{"without end", flood},
	})
}

func hints(w *world, stop error) {
	var got []string
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		got = append(got, itoa(code)+" "+strings.Join(h["Link"], ","))
		return stop
	}}
	r := w.get("/")
	call := w.send(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	l := w.next()
	l.head()
	l.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + plain("done"))
	if stop != nil {
		if _, err := call.answer(); !errors.Is(err, stop) {
			w.Errorf("got error %v, want %v", err, stop)
		}
		l.rest()
		return
	}
	if body := call.body(); body != "done" || strings.Join(got, "; ") != "103 </a>,</b>; 102 " {
		w.Errorf("got %q, informational %q", body, got)
	}
}

// flood answers 102 for ever.
func flood(w *world) {
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			if _, err := io.WriteString(l.c, "HTTP/1.1 102 Processing\r\nX-A: "+strings.Repeat("a", 1000)+"\r\n\r\n"); err != nil {
				return
			}
		}
	}()
	if _, err := call.answer(); err == nil {
		w.Error("got no error")
	}
	<-stopped
}

func testSwitching(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"a tunnel", tunnel},
		{"refused", noTunnel},
		{"nobody asked", unaskedSwitch},
	})
}

func (w *world) upgrade() *http.Request {
	r := w.get("/socket")
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	return r
}

func tunnel(w *world) {
	call := w.send(w.upgrade())
	l := w.next()
	head := l.head()
	if !strings.Contains(head, "\r\nConnection: Upgrade\r\n") || !strings.Contains(head, "\r\nUpgrade: websocket\r\n") {
		w.Errorf("got head %q", head)
	}
	l.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly\n")
	res := call.ok()
	pipe, ok := res.Body.(io.ReadWriteCloser)
	if res.StatusCode != http.StatusSwitchingProtocols || !ok {
		w.Fatalf("got %d with a body that is a %T", res.StatusCode, res.Body)
	}
	in := bufio.NewReader(pipe)
	w.talk(l, in, pipe, "early\n")
	l.write("late\n")
	w.talk(l, in, pipe, "late\n")
	pipe.Close()
	l.rest()
}

// talk reads a line that the backend has sent, and sends one.
func (w *world) talk(l *link, in *bufio.Reader, out io.Writer, want string) {
	w.Helper()
	if line, err := in.ReadString('\n'); err != nil || line != want {
		w.Fatalf("got %q, error %v, want %q", line, err, want)
	}
	if _, err := io.WriteString(out, "up "+want); err != nil {
		w.Fatal(err)
	}
	if got := l.octets(len(want) + 3); got != "up "+want {
		w.Fatalf("got %q", got)
	}
}

// noTunnel answers an upgrade as any request; the connection serves on.
func noTunnel(w *world) {
	call := w.send(w.upgrade())
	l := w.next()
	l.head()
	l.write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
	if got := call.body(); got != "no" {
		w.Errorf("got %q", got)
	}
	call = w.send(w.upgrade())
	l.head()
	l.write(plain("next"))
	if got := call.body(); got != "next" {
		w.Errorf("got %q", got)
	}
}

// unaskedSwitch switches a plain request: an error, or an answer whose
// connection serves nobody else.
func unaskedSwitch(w *world) {
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	l.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + poison)
	if res, err := call.answer(); err == nil {
		res.Body.Close()
	}
	l.rest()
}
