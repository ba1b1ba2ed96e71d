package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	relayHost     = "relay"          // the host of relay URLs; the Host field is the client's
	relayIdle     = 5 * time.Minute  // that a relay connection is kept by who accepted it
	transportIdle = 30 * time.Second // by who dialled: it closes first, so that no request meets a closing end
	connectLimit  = 3 * time.Second
	answerLimit   = 5 * time.Minute // to the header of the answer
	continueLimit = 30 * time.Second
	keptRelays    = 256 // idle connections to one node
)

// ConnectError says that a node could not be connected to: no byte of the
// request was sent.
type ConnectError struct{ Err error }

// Error implements error.
func (e *ConnectError) Error() string {
	return fmt.Sprintf("connecting to the relay listener: %v", e.Err)
}

// Unwrap returns what failed.
func (e *ConnectError) Unwrap() error { return e.Err }

// NewTransport returns what Peers.RelayTransport answers for one node: HTTP/1.1
// over the streams that dial opens, kept and used again. dial returns when the
// node at the other end is proved; it has 3 s. A failed dial is a *ConnectError.
// Another http.RoundTripper serves as well, but only where it returns
// *ConnectError for requests it did not send a byte of, and tells
// httptrace.ClientTrace.GotConn before it sends, another member is tried.
func NewTransport(dial func(ctx context.Context) (net.Conn, error)) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Protocols: protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, connectLimit)
			defer cancel()
			c, err := dial(ctx)
			if err != nil {
				return nil, &ConnectError{Err: err}
			}
			return c, nil
		},
		DisableCompression:     true,
		MaxIdleConnsPerHost:    keptRelays,
		IdleConnTimeout:        transportIdle,
		ResponseHeaderTimeout:  answerLimit,
		ExpectContinueTimeout:  continueLimit,
		MaxResponseHeaderBytes: 256 << 10,
		ReadBufferSize:         bufferSize,
		WriteBufferSize:        bufferSize,
	}
}
