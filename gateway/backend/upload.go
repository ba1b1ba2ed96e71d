package backend

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

const mostReplay = 64 << 10 // octets of a body that is kept to be sent again

// source is the body of a request, over all its attempts.
type source struct {
	body   io.ReadCloser
	again  func() (io.ReadCloser, error) // nil: it can be sent once
	begun  atomic.Bool                   // an octet was taken, of what cannot be sent again
	failed atomic.Pointer[error]
	once   sync.Once
}

func (s *source) close() { s.once.Do(func() { _ = s.body.Close() }) }

// hold reads a small body into memory, so that it can be sent again.
func (s *source) hold(n int64) error {
	text := make([]byte, n)
	if _, err := io.ReadFull(s.body, text); err != nil {
		return &BodyError{Err: err}
	}
	s.again = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	return nil
}

// upload is a source in one try of one address. A transport closes what it was
// given even where it could not connect; a source of which nothing was taken
// stays open for the next.
type upload struct {
	from *source
	body io.ReadCloser

	reading atomic.Bool // the client is waited for
	cut     atomic.Bool // it was, when the transport gave up

	mu     sync.Mutex
	closed bool
	last   bool // no other try follows
}

// try returns the body for one more try.
func (s *source) try() (*upload, error) {
	if s.again == nil {
		return &upload{from: s, body: s.body}, nil
	}
	body, err := s.again()
	if err != nil {
		return nil, &BodyError{Err: err}
	}
	return &upload{from: s, body: body}, nil
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	if u.from.again == nil {
		u.from.begun.Store(true)
	}
	u.reading.Store(true)
	n, err := u.body.Read(p)
	u.reading.Store(false)
	if err != nil && !errors.Is(err, io.EOF) && !u.isClosed() {
		u.from.failed.CompareAndSwap(nil, &err)
	}
	return n, err
}

// Close implements io.Closer.
func (u *upload) Close() error {
	if u.reading.Load() {
		u.cut.Store(true)
	}
	u.mu.Lock()
	u.closed = true
	last := u.last || u.from.begun.Load()
	u.mu.Unlock()
	if last { // also where a Read waits, which ends by it
		u.from.close()
	}
	if u.from.again != nil {
		return u.body.Close()
	}
	return nil
}

// awaited reports whether the try waits, or waited at its end, for the client to
// send more of the body.
func (u *upload) awaited() bool { return u != nil && (u.reading.Load() || u.cut.Load()) }

func (u *upload) isClosed() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.closed
}

// settle says that no other try follows: the source closes with the upload.
func (u *upload) settle() {
	u.mu.Lock()
	u.last = true
	closed := u.closed
	u.mu.Unlock()
	if closed {
		u.from.close()
	}
}

// bodyOf returns the source of r's body; nil: it has none.
func bodyOf(r *http.Request) *source {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	return &source{body: r.Body, again: r.GetBody}
}
