// Package conformance owns the test that every http.RoundTripper towards one
// HTTP/1.1 backend must pass: net/http's Transport and gateway/h1 do.
//
// It imports nothing of this module, and the testing package, for tests import
// it. The backend is a raw TCP server on loopback that records octets and
// answers octets:
//
//	Test ─► Factory(dial) ─► RoundTripper ─► backend ─► link: what was sent, what is answered
//
// Where a RoundTripper may do one thing or another, a row says so (lax). What it
// may never do: take one answer's octets for another's, write what a backend
// can read as two requests, or send twice what is not idempotent.
package conformance
