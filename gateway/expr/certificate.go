package expr

import (
	"crypto/sha1" // a thumbprint is the SHA-1 of a certificate
	"crypto/x509"
	"encoding/hex"
	"strings"
	"time"
)

// certificateOf is context.Request.Certificate: the client's, null without one.
func certificateOf(_ *frame, v value) (value, error) {
	r := v.o.(*Request)
	if r.HTTP.TLS == nil || len(r.HTTP.TLS.PeerCertificates) == 0 {
		return null(), nil
	}
	return object(kCertificate, r.HTTP.TLS.PeerCertificates[0]), nil
}

func certificateProperties() []property {
	at := func(sig string, get func(*x509.Certificate) time.Time) property {
		return property{sig, func(_ *frame, v value) (value, error) {
			return value{k: kDateTime, n: ticksOf(get(v.o.(*x509.Certificate)).UTC())}, nil
		}}
	}
	return []property{
		textRow("Thumbprint", func(c *x509.Certificate) string {
			sum := sha1.Sum(c.Raw)
			return strings.ToUpper(hex.EncodeToString(sum[:]))
		}),
		textRow("Subject", func(c *x509.Certificate) string { return c.Subject.String() }),
		textRow("Issuer", func(c *x509.Certificate) string { return c.Issuer.String() }),
		textRow("SerialNumber", func(c *x509.Certificate) string { return strings.ToUpper(c.SerialNumber.Text(16)) }),
		at("NotBefore DateTime", func(c *x509.Certificate) time.Time { return c.NotBefore }),
		at("NotAfter DateTime", func(c *x509.Certificate) time.Time { return c.NotAfter }),
	}
}
