package cluster

import (
	"errors"
	"fmt"
)

// Errors of streams.
var (
	ErrUnknownPeer  = errors.New("node is not registered, or its streams are not")
	ErrWrongNode    = errors.New("another node answered")
	ErrTooLarge     = errors.New("body too large")
	ErrRelayRefused = errors.New("node takes no relay connection")
	errProtocol     = errors.New("malformed stream")
)

// What a RemoteError may be, where the handler's error does not say.
const (
	RemoteFailed   = "failed"         // the handler returned an error
	RemoteExpired  = "expired"        // the handler's time was over
	RemotePanicked = "panicked"       // the handler has a bug, logged over there
	RemoteUnknown  = "unknown_method" // no handler
	RemoteBusy     = "busy"           // too many calls there; nothing was done
	RemoteTooLarge = "too_large"      // the answer has more than 16 MiB
)

// RemoteError is what a handler on another node said was wrong. A handler's
// error with a method RemoteKind() string chooses the kind itself.
type RemoteError struct {
	Node   NodeID
	Method string
	Kind   string
	Text   string // at most 4 KiB
}

// Error writes where it went wrong, and what the node there said.
func (e *RemoteError) Error() string {
	return fmt.Sprintf("node %s: %s: %s", e.Node, e.Method, e.Text)
}

// kinded is an error that knows the kind of its RemoteError.
type kinded interface{ RemoteKind() string }

// Limits of the text that a RemoteError carries.
const (
	maxRemoteKind = 64
	maxRemoteText = 4 << 10
)

// remoteError writes an error for the caller: the length of its kind, its
// kind, its text.
func remoteError(kind string, err error) []byte {
	kind = kind[:min(len(kind), maxRemoteKind)]
	text := err.Error()
	text = text[:min(len(text), maxRemoteText)]
	return append(append([]byte{byte(len(kind))}, kind...), text...)
}

// parseRemoteError reads what remoteError writes.
func parseRemoteError(b []byte, node NodeID, method string) (*RemoteError, error) {
	kind, text, ok := cutText(b)
	if !ok || len(kind) > maxRemoteKind || len(text) > maxRemoteText {
		return nil, fmt.Errorf("error of %d bytes: %w", len(b), errProtocol)
	}
	return &RemoteError{Node: node, Method: method, Kind: string(kind), Text: string(text)}, nil
}
