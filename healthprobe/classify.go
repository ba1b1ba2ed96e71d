package healthprobe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// maxDetail is the most bytes of a Result's Detail.
const maxDetail = 200

// classify names the cause of an error in a phase of a probe.
func classify(ctx context.Context, p phase, err error) Reason {
	if ctx.Err() != nil && !certificateError(err) {
		return ended(ctx, p)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) {
		return p.timeout()
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return classifyErrno(errno)
	}
	if p == phaseTLS || certificateError(err) {
		return classifyTLS(err)
	}
	return classifyAnswer(p, err)
}

// ended is the reason of a probe whose context is over.
func ended(ctx context.Context, p phase) Reason {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return p.timeout()
	}
	return ReasonCanceled
}

func classifyErrno(errno syscall.Errno) Reason {
	switch errno {
	case syscall.ECONNREFUSED:
		return ReasonRefused
	case syscall.ECONNRESET, syscall.ECONNABORTED:
		return ReasonReset
	case syscall.EPIPE:
		return ReasonClosed
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH:
		return ReasonUnreachable
	case syscall.EAFNOSUPPORT:
		return ReasonNoRoute
	}
	return ReasonLocal
}

func certificateError(err error) bool {
	return classifyCertificate(err) != ""
}

func classifyTLS(err error) Reason {
	if r := classifyCertificate(err); r != "" {
		return r
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return ReasonTLSAlert
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return ReasonProtocol
	}
	if closedEarly(err) {
		return ReasonClosed
	}
	return ReasonTLSFailed
}

// classifyCertificate is empty when err is not about a certificate.
func classifyCertificate(err error) Reason {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch {
		case invalid.Reason != x509.Expired:
			return ReasonTLSFailed
		case invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore):
			return ReasonTLSNotYetValid
		}
		return ReasonTLSExpired
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return ReasonTLSNameMismatch
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return ReasonTLSUnknownAuthority
	}
	if _, ok := errors.AsType[x509.SystemRootsError](err); ok {
		return ReasonLocal
	}
	return ""
}

// classifyAnswer is for errors after the handshake that no errno names.
func classifyAnswer(p phase, err error) Reason {
	if errors.Is(err, errHeadersTooLarge) {
		return ReasonHeadersTooLarge
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return ReasonTLSAlert
	}
	if closedEarly(err) {
		return ReasonClosed
	}
	if p == phaseConnect {
		return ReasonLocal
	}
	return ReasonProtocol
}

func closedEarly(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe)
}

// clip makes a foreign text fit for a log line: one line, bounded.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s[:min(len(s), maxDetail)])
	return strings.ToValidUTF8(s, "")
}
