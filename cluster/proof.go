package cluster

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"
)

// What a stream is for (ALPN).
const (
	callProtocol  = "meridian-call/1"
	relayProtocol = "meridian-relay/1"
)

// proof makes both ends of a connection know who the other is. The connection
// it returns takes the place of the one it got; after an error the caller
// closes that one.
type proof interface {
	// client proves that the other end is a node, and what it is for.
	client(ctx context.Context, conn net.Conn, to NodeID, protocol string) (net.Conn, error)
	// server finds out who has connected, and what for.
	server(ctx context.Context, conn net.Conn) (proved net.Conn, from NodeID, protocol string, err error)
}

// tlsProof is TLS 1.3 with certificates that say nothing but the node's key.
// Whom to trust follows from keys alone: no authority, no dates, no names.
type tlsProof struct {
	certificate tls.Certificate
	trusted     func(ed25519.PublicKey) error
}

func newTLSProof(id *Identity, trusted func(ed25519.PublicKey) error) (*tlsProof, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: string(id.ID())},
		NotBefore:    time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280, 4.1.2.5: no well-defined end
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, id.Public(), id.key)
	if err != nil {
		return nil, fmt.Errorf("making the certificate of peer streams: %w", err)
	}
	return &tlsProof{certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: id.key}, trusted: trusted}, nil
}

// config is what both sides have in common. verify sees the key whose
// possession the other side has proved.
func (p *tlsProof) config(protocols []string, verify func(ed25519.PublicKey) error) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{p.certificate},
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, // VerifyConnection does it: a key is expected, not a chain
		SessionTicketsDisabled: true,
		NextProtos:             protocols,
		VerifyConnection: func(state tls.ConnectionState) error {
			key, err := keyOf(state)
			if err != nil {
				return err
			}
			if !slices.Contains(protocols, state.NegotiatedProtocol) {
				return fmt.Errorf("protocol %.40q: %w", state.NegotiatedProtocol, errProtocol)
			}
			return verify(key)
		},
	}
}

// keyOf returns the public key of the other side.
func keyOf(state tls.ConnectionState) (ed25519.PublicKey, error) {
	if len(state.PeerCertificates) == 0 {
		return nil, errors.New("no certificate")
	}
	key, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("certificate with a key of type %T: want ed25519", state.PeerCertificates[0].PublicKey)
	}
	return key, nil
}

func (p *tlsProof) client(ctx context.Context, conn net.Conn, to NodeID, protocol string) (net.Conn, error) {
	expected := func(key ed25519.PublicKey) error {
		if got := IDOf(key); got != to {
			return fmt.Errorf("%w: %s, not %s", ErrWrongNode, got, to)
		}
		return nil
	}
	proved := tls.Client(conn, p.config([]string{protocol}, expected))
	if err := proved.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return proved, nil
}

func (p *tlsProof) server(ctx context.Context, conn net.Conn) (net.Conn, NodeID, string, error) {
	admitted := func(key ed25519.PublicKey) error {
		if err := p.trusted(key); err != nil {
			return fmt.Errorf("node %s: %w: %w", IDOf(key), ErrUntrusted, err)
		}
		return nil
	}
	proved := tls.Server(conn, p.config([]string{callProtocol, relayProtocol}, admitted))
	if err := proved.HandshakeContext(ctx); err != nil {
		return nil, "", "", err
	}
	state := proved.ConnectionState()
	key, err := keyOf(state)
	if err != nil {
		return nil, "", "", err
	}
	return proved, IDOf(key), state.NegotiatedProtocol, nil
}
