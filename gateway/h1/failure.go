package h1

import (
	"fmt"
	"time"
)

// RequestError says that a request cannot be written as HTTP/1.1: nothing was
// sent, and no backend is to blame.
type RequestError struct{ Detail string }

// Error implements error.
func (e *RequestError) Error() string { return "writing the request: " + e.Detail }

// ConnectError says that there is no connection: no byte of the request was
// sent.
type ConnectError struct{ Err error }

// Error implements error.
func (e *ConnectError) Error() string { return fmt.Sprintf("connecting: %v", e.Err) }

// Unwrap returns what failed.
func (e *ConnectError) Unwrap() error { return e.Err }

// BodyError says that the body of the request could not be read, or is not as
// long as the request says: the backend is not to blame.
type BodyError struct{ Err error }

// Error implements error.
func (e *BodyError) Error() string { return fmt.Sprintf("reading the request's body: %v", e.Err) }

// Unwrap returns what failed.
func (e *BodyError) Unwrap() error { return e.Err }

// AnswerError says that what came is no answer by RFC 9112, or is over a limit.
type AnswerError struct{ Detail string }

// Error implements error.
func (e *AnswerError) Error() string { return "reading the answer: " + e.Detail }

// TimeoutError says that the head of the answer did not come in
// Options.ResponseHeaderTimeout. It is a net.Error.
type TimeoutError struct{ After time.Duration }

// Error implements error.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("waiting for the answer: no head within %v", e.After)
}

// Timeout implements net.Error.
func (*TimeoutError) Timeout() bool { return true }

// Temporary implements net.Error.
func (*TimeoutError) Temporary() bool { return true }
