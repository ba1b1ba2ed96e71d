package backend

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// flight is one attempt on its way: the request as sent, and what watches its
// body and the answer's. It is one allocation.
type flight struct {
	req  http.Request
	url  url.URL
	down download
}

// prepare makes the request for e from r.
func (f *flight) prepare(r *http.Request, e *endpoint) {
	f.req = *r
	e.join(&f.url, r.URL)
	f.req.URL, f.req.RequestURI = &f.url, ""
	if f.req.Host == "" || e.origin.way.absolute() {
		f.req.Host = e.host
	}
	if h := e.header.Get("Host"); h != "" {
		f.req.Host = h
	}
	_, agent := r.Header["User-Agent"]
	upgrade := len(r.Header["Upgrade"]) > 0
	if len(e.header) == 0 && agent && !upgrade {
		return
	}
	header := make(http.Header, len(r.Header)+len(e.header)+2)
	maps.Copy(header, r.Header)
	e.unveil(header)
	maps.Copy(header, e.header)
	delete(header, "Host")
	if !agent {
		header["User-Agent"] = nil // none is added
	}
	if upgrade {
		header["Connection"] = []string{"Upgrade"}
	}
	f.req.Header = header
}

// unveil takes off the fields that a backend may take for those of its
// credentials: to CGI and what descends from it X_Key is X-Key.
func (e *endpoint) unveil(header http.Header) {
	for name := range header {
		if len(e.header) > 0 && strings.Contains(name, "_") && e.header.Get(strings.ReplaceAll(name, "_", "-")) != "" {
			delete(header, name)
		}
	}
}

// ours begins the names of fields that only gateways write.
const ours = "Meridian-"

// disown takes off an answer what only a gateway says.
func disown(header http.Header) {
	for name := range header {
		if len(name) >= len(ours) && name[0]|0x20 == 'm' && strings.EqualFold(strings.ReplaceAll(name[:len(ours)], "_", "-"), ours) {
			delete(header, name)
		}
	}
}

// download is an answer's body: closing it ends the attempt's use of the line.
type download struct {
	io.ReadCloser
	line   *line
	counts *counts
	cancel func() // nil: nothing to cancel
	once   sync.Once
}

// Close implements io.Closer.
func (d *download) Close() error {
	err := d.ReadCloser.Close()
	d.once.Do(d.leave)
	return err
}

func (d *download) leave() {
	if d.cancel != nil {
		d.cancel()
	}
	d.counts.inFlight.Add(-1)
	d.line.leave()
}

// conversation is the body of a 101: both directions.
type conversation struct {
	*download
	io.Writer
}

// carry puts the watch over res's body.
func (f *flight) carry(res *http.Response, l *line, n *counts, cancel func()) {
	disown(res.Header)
	f.down = download{ReadCloser: res.Body, line: l, counts: n, cancel: cancel}
	if w, ok := res.Body.(io.Writer); ok && res.StatusCode == http.StatusSwitchingProtocols {
		res.Body = conversation{&f.down, w}
		return
	}
	res.Body = &f.down
}
