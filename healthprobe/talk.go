package healthprobe

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Limits of what is read of an answer. Beyond them a header is a failure and a
// body is of no interest.
const (
	maxHeader    = 64 << 10 // bytes of status lines and header fields
	maxBody      = 64 << 10 // bytes of body
	maxInterim   = 5        // 1xx answers before the final one
	maxBodyShown = 512      // bytes of body kept for people
	readBuffer   = 4 << 10
)

var errHeadersTooLarge = errors.New("more than 64 KiB of header")

// malformed wraps what is no HTTP/1.x.
type malformed struct{ err error }

func (m malformed) Error() string { return m.err.Error() }

// talk sends the request and reads the answer: one GET on a fresh connection,
// no redirect followed, nothing decompressed.
func (p *NetProber) talk(x *exchange, conn net.Conn) error {
	req, err := p.newRequest(x)
	if err != nil {
		return err
	}
	x.phase = phaseHeaders
	start := time.Now()
	if _, err := conn.Write(x.request); err != nil {
		return err
	}
	limited := &io.LimitedReader{R: conn, N: maxHeader}
	x.response, err = readFinal(limited, req) //nolint:bodyclose // closing would read on; the connection is closed instead
	x.phases.FirstByte = time.Since(start)
	if err != nil {
		return err
	}
	if !x.full && !x.target.Check.accepts(x.response.StatusCode) {
		return nil
	}
	x.phase = phaseBody
	return x.readBody(limited)
}

// newRequest makes the request and its bytes.
func (p *NetProber) newRequest(x *exchange) (*http.Request, error) {
	u, err := url.ParseRequestURI(x.target.Check.Path)
	if err != nil {
		return nil, malformed{err}
	}
	req := &http.Request{
		Method: http.MethodGet, URL: u, Host: x.target.hostHeader(), Close: true,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {p.opt.Agent}, "Accept": {"*/*"}},
	}
	maps.Copy(req.Header, x.target.Check.header())
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		return nil, malformed{err}
	}
	x.request = wire.Bytes()
	return req, nil
}

// readFinal reads answers until one is not interim.
func readFinal(limited *io.LimitedReader, req *http.Request) (*http.Response, error) {
	r := bufio.NewReaderSize(limited, readBuffer)
	for range maxInterim {
		resp, err := http.ReadResponse(r, req)
		switch {
		case err != nil && limited.N <= 0:
			return nil, errHeadersTooLarge
		case err != nil:
			return nil, brokenAnswer(err)
		case resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols:
			return resp, nil
		}
	}
	return nil, malformed{errors.New("interim answers without end")}
}

// brokenAnswer tells what the network did from what the peer wrote.
func brokenAnswer(err error) error {
	if _, network := errors.AsType[net.Error](err); network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	return malformed{err}
}

// readBody reads at most maxBody bytes and keeps the head of them. A body that
// goes on beyond is as good as a complete one.
func (x *exchange) readBody(limited *io.LimitedReader) error {
	limited.N = maxBody
	body := io.LimitReader(x.response.Body, maxBody)
	head, err := io.ReadAll(io.LimitReader(body, maxBodyShown))
	if x.full {
		x.body = head
	}
	if err == nil {
		_, err = io.Copy(io.Discard, body)
	}
	if err == nil || limited.N <= 0 {
		return nil
	}
	return brokenAnswer(err)
}
