package conformance

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const (
	callers  = 16
	requests = 40
)

// testLoad mixes kinds of requests and looks whether each gets its own answer.
func testLoad(t *testing.T, factory Factory) {
	w := newWorld(t, factory)
	server := httptest.NewServer(http.HandlerFunc(reflect))
	defer server.Close()
	w.address = server.Listener.Addr().String()
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for n := range requests {
				w.reflected(fmt.Sprintf("%d-%d", caller, n), n)
			}
		})
	}
	wg.Wait()
}

// reflect answers with what was asked, in several framings.
func reflect(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Path", r.URL.Path)
	switch r.URL.RawQuery {
	case "chunks":
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // the client may be gone
	case "close":
		w.Header().Set("Connection", "close")
	}
	_, _ = io.WriteString(w, r.URL.Path+" ") // the client may be gone
	_, _ = w.Write(body)                     // the client may be gone
}

func (w *world) reflected(name string, n int) {
	path := "/" + name + []string{"", "?chunks", "?close"}[n%3]
	var body io.Reader
	sent := ""
	if n%2 == 1 {
		sent = strings.Repeat(name, 1+n*50)
		body = &closing{Reader: strings.NewReader(sent)}
	}
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPut, "http://backend.test"+path, body)
	if err != nil {
		w.Error(err)
		return
	}
	res, err := w.tripper.RoundTrip(r)
	if err != nil {
		w.Errorf("%s: %v", path, err)
		return
	}
	defer res.Body.Close()
	if n%5 == 4 {
		return // not read
	}
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != "/"+name+" "+sent {
		w.Errorf("%s: got %.64q of %d octets, error %v", path, got, len(got), err)
	}
}
