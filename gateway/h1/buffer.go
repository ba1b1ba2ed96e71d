package h1

import "sync"

// buffer holds octets on their way in or out.
type buffer struct {
	b    []byte
	r, w int // what is between has come and was not read yet
}

func (b *buffer) waiting() []byte { return b.b[b.r:b.w] }

// room makes space for more. It grows up to limit octets and reports whether
// there is space.
func (b *buffer) room(limit int) bool {
	switch {
	case b.r == b.w:
		b.r, b.w = 0, 0
	case b.w == len(b.b) && b.r > 0:
		b.w = copy(b.b, b.waiting())
		b.r = 0
	}
	if b.w == len(b.b) && len(b.b) < limit {
		grown := make([]byte, min(2*len(b.b), limit))
		copy(grown, b.b)
		b.b = grown
	}
	return b.w < len(b.b)
}

// buffers lends buffers of one size.
type buffers struct {
	size int
	pool sync.Pool
}

func (s *buffers) get() *buffer {
	if b, ok := s.pool.Get().(*buffer); ok {
		return b
	}
	return &buffer{b: make([]byte, s.size)}
}

// put takes a buffer back, and drops what has grown far.
func (s *buffers) put(b *buffer) {
	if b == nil || len(b.b) > 4*s.size {
		return
	}
	b.b, b.r, b.w = b.b[:cap(b.b)], 0, 0
	s.pool.Put(b)
}
