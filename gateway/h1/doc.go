// Package h1 owns the client side of HTTP/1.1 towards one address: an
// http.RoundTripper with its own kept connections.
//
// It imports nothing of this module. Whoever dials (Options.Dial) resolves,
// checks and shakes hands; this package sees a byte stream.
//
// A request without a body, or with one that is in memory and small, has no
// goroutine of its own: it is written at once and its answer is read where
// RoundTrip was called. Other bodies are sent by a writer, so that the answer may
// come first.
//
//	RoundTrip ─► pool (alive?) or Dial ─► exchange: request ─► conn ─► head ─► framing ─► Body
//	                ▲                                                                      │
//	                └──────────── the whole answer was read, nothing is left over ─────────┘
//
// Answers are read by RFC 9112 and not beyond: line ends are CRLF, one framing,
// no folding, no sign in a number. What is not understood ends the connection,
// and so does every byte that nobody asked for.
package h1
