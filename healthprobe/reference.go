package healthprobe

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Limits of references.
const (
	MaxReferences    = 16
	referenceTimeout = 2 * time.Second
	maxReply         = 512 // bytes read of a reference's reply
)

// Asker asks one reference for a sign of life.
type Asker interface {
	// Ask returns nil if the reference answered anything at all.
	Ask(ctx context.Context, reference string) error
}

// NetAsker asks over the network. Port 53 gets a DNS question (NS of the root)
// over UDP and TCP at once; any other port a TCP connection. Every answer
// counts: a refused connection, a reset, a DNS error.
type NetAsker struct {
	Dialer   Dialer   // nil: a net.Dialer
	Resolver Resolver // for references that are names; nil: addresses only
}

// ValidateReference reports whether s can be a reference: "host:port".
func ValidateReference(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("reference %.80q: want host:port", s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("reference %.80q: port %q: want 1 to 65535", s, port)
	}
	if host == "" || len(host) > maxHostName {
		return fmt.Errorf("reference %.80q: host %.40q: want an address or a name", s, host)
	}
	return nil
}

// Ask implements Asker.
func (a NetAsker) Ask(ctx context.Context, reference string) error {
	host, port, err := net.SplitHostPort(reference)
	if err != nil {
		return fmt.Errorf("asking reference %.80q: %w", reference, err)
	}
	addr, err := a.address(ctx, host)
	if err != nil {
		return fmt.Errorf("asking reference %q: %w", reference, err)
	}
	to := net.JoinHostPort(addr.String(), port)
	if port != "53" {
		return a.knock(ctx, to)
	}
	return firstNil(ctx,
		func(ctx context.Context) error { return a.question(ctx, to) },
		func(ctx context.Context) error { return a.knock(ctx, to) })
}

func (a NetAsker) address(ctx context.Context, host string) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr, nil
	}
	if a.Resolver == nil {
		return netip.Addr{}, errors.New("looking the name up: no resolver")
	}
	found, err := a.Resolver.LookupAddrs(ctx, host)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("looking the name up: %w", err)
	}
	if len(found) == 0 {
		return netip.Addr{}, errors.New("looking the name up: no address")
	}
	return found[0], nil
}

func (a NetAsker) dial(ctx context.Context, network, to string) (net.Conn, error) {
	if a.Dialer != nil {
		return a.Dialer.DialContext(ctx, network, to)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, to)
}

// knock opens a TCP connection; to be turned away is an answer too.
func (a NetAsker) knock(ctx context.Context, to string) error {
	conn, err := a.dial(ctx, "tcp", to)
	if err == nil {
		return conn.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	return err
}

// question sends a DNS question over UDP and waits for the reply.
func (a NetAsker) question(ctx context.Context, to string) error {
	conn, err := a.dial(ctx, "udp", to)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // a datagram socket
	unblock := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer unblock()
	ask := rootQuestion()
	if _, err := conn.Write(ask); err != nil {
		return err
	}
	reply := make([]byte, maxReply)
	for {
		n, err := conn.Read(reply)
		if err != nil {
			return err
		}
		if isReply(ask, reply[:n]) {
			return nil
		}
	}
}

// rootQuestion is ". NS IN" with a random id (RFC 1035 §4.1).
func rootQuestion() []byte {
	q := []byte{0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1}
	rand.Read(q[:2]) // never fails
	return q
}

// isReply reports whether reply has the id of ask and the QR bit.
func isReply(ask, reply []byte) bool {
	return len(reply) >= 12 && reply[0] == ask[0] && reply[1] == ask[1] && reply[2]&0x80 != 0
}

// firstNil runs all at once and returns nil with the first that does, else all
// errors. It waits for each.
func firstNil(ctx context.Context, asks ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(asks))
	var wg sync.WaitGroup
	for i, ask := range asks {
		wg.Go(func() {
			if errs[i] = ask(ctx); errs[i] == nil {
				cancel()
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			return nil
		}
	}
	return errors.Join(errs...)
}
