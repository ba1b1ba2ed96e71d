package conformance

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// errDial is what a dial fails with.
var errDial = errors.New("no route")

// testEndings looks at round trips that end before their time.
func testEndings(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"a dial that fails", failedDial},
		{"a context that has ended", ended},
		{"cancelled before the answer", func(w *world) { cancelled(w, "") }},
		{"cancelled in the head", func(w *world) { cancelled(w, "HTTP/1.1 200 O") }},
		{"cancelled in the body", cancelledBody},
		{"cancelled while the body is sent", cancelledUpload},
		{"no answer in time", noAnswer},
		{"a deadline", deadline},
		{"closed while it is read", closedRead},
	})
}

func failedDial(w *world) {
	w.failure = errDial
	body := &closing{Reader: endless{}}
	if _, err := w.send(w.request(http.MethodPost, "/", body)).answer(); !errors.Is(err, errDial) {
		w.Errorf("got error %v, want %v", err, errDial)
	}
	if !body.await() {
		w.Error("the body was not closed")
	}
}

func ended(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	body := &closing{Reader: endless{}}
	if _, err := w.send(w.request(http.MethodPost, "/", body).WithContext(ctx)).answer(); !errors.Is(err, context.Canceled) {
		w.Errorf("got error %v", err)
	}
	if !body.await() {
		w.Error("the body was not closed")
	}
}

// cancelled cancels when the backend has the request and has sent a part.
func cancelled(w *world, part string) {
	ctx, cancel := context.WithCancelCause(w.Context())
	call := w.send(w.get("/").WithContext(ctx))
	l := w.next()
	l.head()
	l.write(part)
	cancel(errStop)
	if _, err := call.answer(); !errors.Is(err, errStop) && !errors.Is(err, context.Canceled) {
		w.Errorf("got error %v", err)
	}
	l.rest()
}

func cancelledBody(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	call := w.send(w.get("/").WithContext(ctx))
	l := w.next()
	l.head()
	l.write(good + "Content-Length: 10\r\n\r\nhello")
	res := call.ok()
	if _, err := io.ReadFull(res.Body, make([]byte, 5)); err != nil {
		w.Fatal(err)
	}
	cancel()
	if _, err := res.Body.Read(make([]byte, 5)); !errors.Is(err, context.Canceled) {
		w.Errorf("got error %v", err)
	}
	l.rest()
	res.Body.Close()
}

func cancelledUpload(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	body := &closing{Reader: endless{}}
	call := w.send(w.request(http.MethodPost, "/", body).WithContext(ctx))
	l := w.next()
	l.head()
	cancel()
	if _, err := call.answer(); !errors.Is(err, context.Canceled) {
		w.Errorf("got error %v", err)
	}
	l.rest()
	if !body.await() {
		w.Error("the body was not closed")
	}
}

// noAnswer waits for longer than the RoundTripper does.
func noAnswer(w *world) {
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	l.write("HTTP/1.1 200 OK\r\n")
	_, err := call.answer()
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		w.Errorf("got error %v, want one that is a timeout", err)
	}
	l.rest()
}

func deadline(w *world) {
	ctx, cancel := context.WithTimeout(w.Context(), time.Second) // by then the request is sent
	defer cancel()
	call := w.send(w.get("/").WithContext(ctx))
	l := w.next()
	l.head()
	if _, err := call.answer(); !errors.Is(err, context.DeadlineExceeded) {
		w.Errorf("got error %v", err)
	}
	l.rest()
}

// closedRead closes a body while somebody reads it.
func closedRead(w *world) {
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	l.write(good + "Content-Length: 10\r\n\r\nhello")
	res := call.ok()
	if _, err := io.ReadFull(res.Body, make([]byte, 5)); err != nil {
		w.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := res.Body.Read(make([]byte, 5))
		done <- err
	}()
	<-pause() // it reads
	res.Body.Close()
	select {
	case err := <-done:
		if err == nil {
			w.Error("got no error")
		}
	case <-time.After(patience):
		w.Error("the read goes on")
	}
	l.rest()
}
