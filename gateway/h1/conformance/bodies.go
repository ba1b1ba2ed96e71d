package conformance

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// errBody is what a request's body fails with.
var errBody = errors.New("the client is gone")

// testBodies looks at bodies that stream, both ways at once.
func testBodies(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"the answer comes first", answerFirst},
		{"the answer comes piece by piece", pieces},
		{"an early answer to a long upload", func(w *world) { earlyAnswer(w, 0) }},
		{"an answer in the middle of a long upload", func(w *world) { earlyAnswer(w, 50*time.Millisecond) }},
		{"a body that fails", failingBody},
		{"a body that fails in chunks", failingChunks},
		{"large both ways", largeBothWays},
	})
}

// answerFirst needs a client that sends and reads at the same time.
func answerFirst(w *world) {
	in, out := io.Pipe()
	call := w.send(w.request(http.MethodPost, "/", in))
	l := w.next()
	l.head()
	l.write(good + "Transfer-Encoding: chunked\r\n\r\n")
	res := call.ok()
	for _, word := range []string{"one", "two", "three"} {
		if _, err := io.WriteString(out, word); err != nil {
			w.Fatal(err)
		}
		frame := itoa(len(word)) + "\r\n" + word + "\r\n"
		if got := l.octets(len(frame)); got != frame {
			w.Fatalf("got %q, want %q", got, frame)
		}
		l.write(frame)
		b := make([]byte, len(word))
		if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != word {
			w.Fatalf("got %q, error %v, want %q", b, err, word)
		}
	}
	_ = out.Close() // it never fails
	if got := l.octets(5); got != "0\r\n\r\n" {
		w.Errorf("got %q at the end", got)
	}
	l.write("0\r\n\r\n")
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		w.Errorf("got %q, error %v at the end", rest, err)
	}
	res.Body.Close()
}

func pieces(w *world) {
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	for _, piece := range []string{"HTT", "P/1.1 200 OK\r", "\nContent-Le", "ngth: 5\r\n", "\r", "\nhe"} {
		l.write(piece)
	}
	res := call.ok()
	b := make([]byte, 2)
	if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != "he" {
		w.Errorf("got %q, error %v before the rest was sent", b, err)
	}
	l.write("l")
	l.write("lo")
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "llo" {
		w.Errorf("got %q, error %v", b, err)
	}
}

// earlyAnswer refuses a body that goes on for ever, and is not read: it must end,
// closed, and its connection with it.
func earlyAnswer(w *world, after time.Duration) {
	body := &closing{Reader: endless{}}
	call := w.send(w.request(http.MethodPost, "/", body))
	l := w.next()
	l.head()
	<-time.After(after)
	l.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
	res := call.ok()
	b, err := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusRequestEntityTooLarge || string(b) != "no" || err != nil {
		w.Errorf("got %d %q, error %v", res.StatusCode, b, err)
	}
	res.Body.Close()
	l.rest()
	if !body.await() {
		w.Error("the body was not closed")
	}
}

// endless is a body without an end.
type endless struct{}

// Read implements io.Reader.
func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// failing is a body that fails at its end.
func failing(text string) *closing {
	return &closing{Reader: io.MultiReader(strings.NewReader(text), broken{})}
}

type broken struct{}

// Read implements io.Reader.
func (broken) Read([]byte) (int, error) { return 0, errBody }

func failingBody(w *world)   { failsWith(w, 10) }
func failingChunks(w *world) { failsWith(w, -1) }

// failsWith breaks a body off: the backend must see that it is not complete.
func failsWith(w *world, length int64) {
	body := failing("hello")
	r := w.request(http.MethodPost, "/", body)
	r.ContentLength = length
	call := w.send(r)
	l := w.next()
	l.head()
	if rest := l.rest(); strings.Contains(rest, "0\r\n\r\n") || len(rest) > 12 {
		w.Errorf("got %q, which looks complete", rest)
	}
	if _, err := call.answer(); !errors.Is(err, errBody) {
		w.Errorf("got error %v, want %v", err, errBody)
	}
	if !body.await() {
		w.Error("the body was not closed")
	}
}

// largeBothWays has more on the way than buffers hold.
func largeBothWays(w *world) {
	sent := strings.Repeat(large(), 20)
	call := w.send(w.request(http.MethodPut, "/", &closing{Reader: strings.NewReader(sent)}))
	l := w.next()
	head := l.head()
	if got := w.bodyOf(l, head); got != sent {
		w.Errorf("got %d octets, want %d", len(got), len(sent))
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.WriteString(l.c, plain(sent)) // the reader sees it
	}()
	if got := call.body(); got != sent {
		w.Errorf("got %d octets back, want %d", len(got), len(sent))
	}
	<-done
}
