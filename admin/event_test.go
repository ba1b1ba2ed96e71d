package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/admin"
	"meridian/admin/api"
)

var errBusy = errors.New("busy")

// listen reads an event stream until handle returns an error or it ends.
func listen(ctx context.Context, f *fixture, after string, handle func(api.Event) error) error {
	r, err := http.NewRequestWithContext(ctx, "GET", "http://node.example/v1/events", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Last-Event-ID", after)
	resp, err := f.unixClient().Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusServiceUnavailable {
		return errBusy
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var e api.Event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				return err
			}
			if err := handle(e); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}

// list reads the list of events.
func list(t *testing.T, f *fixture, query string) (out api.Events) {
	t.Helper()
	_, body := f.get(t, "/v1/events"+query)
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("decoding %s: %v", body, err)
	}
	return out
}

// TestStream: what was kept, then what happens, then the end at shutdown; a
// second stream goes on behind the last id.
func TestStream(t *testing.T) {
	f := start(t, nil)
	f.events.Append(api.Event{Kind: "one", Text: "line\nbreak"})
	f.events.Append(api.Event{Kind: "two"})
	got := make(chan api.Event)
	ended := make(chan error, 1)
	go func() {
		ended <- listen(context.Background(), f, "r1-1", func(e api.Event) error { got <- e; return nil })
	}()
	if e := <-got; e.Kind != "two" || e.ID != "r1-2" {
		t.Errorf("got %+v, want event two", e)
	}
	f.events.Append(api.Event{Kind: "three"})
	if e := <-got; e.Kind != "three" {
		t.Errorf("got %+v, want event three", e)
	}
	var kinds []string
	for _, e := range list(t, f, "").Events {
		kinds = append(kinds, e.Kind+e.Text)
	}
	if diff := cmp.Diff([]string{"oneline\nbreak", "two", "three"}, kinds); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if err := f.server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("at shutdown: got %v, want EOF", err)
	}
}

// TestStreamSaysWhatIsLost: ids of another run, and ids that fell out of the ring.
func TestStreamSaysWhatIsLost(t *testing.T) {
	f := start(t, nil)
	for i := range 12 { // the fixture keeps 8
		f.events.Append(api.Event{Kind: fmt.Sprintf("k%d", i+1)})
	}
	for _, after := range []string{"r0-99", "r1-2"} {
		stop := errors.New("enough")
		var got []string
		err := listen(t.Context(), f, after, func(e api.Event) error {
			if got = append(got, e.Kind); e.Kind == "k12" {
				return stop
			}
			return nil
		})
		want := []string{api.EventLost, "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12"}
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, stop) {
			t.Errorf("after %s: got error %v and (-want +got):\n%s", after, err, diff)
		}
	}
	if got := list(t, f, "?after=r1-2&limit=3"); !got.Lost || len(got.Events) != 3 {
		t.Errorf("list: got %+v, want 3 events and lost", got)
	}
}

// TestStreamWireFormat: fields as the HTML standard has them, and a heartbeat.
func TestStreamWireFormat(t *testing.T) {
	f := start(t, func(o *admin.Options) {
		o.Limits.Heartbeat = 50 * time.Millisecond
		o.Limits.Read = 500 * time.Millisecond
		o.Limits.Write = 500 * time.Millisecond
	})
	f.events.Append(api.Event{Kind: "one", At: at("2026-01-02T03:04:05Z"), Text: "a\nb"})
	r := f.request(t, "GET", "/v1/events")
	r.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type: got %q, want text/event-stream", got)
	}
	want := "retry: 2000\n\nid: r1-1\nevent: one\ndata: {\"id\":\"r1-1\",\"at\":\"2026-01-02T03:04:05Z\",\"kind\":\"one\",\"text\":\"a\\nb\"}\n\n" +
		strings.Repeat(": alive\n\n", 30) // 1.5 s: three times the timeouts of ordinary requests
	got := make([]byte, len(want))
	if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != want {
		t.Errorf("got %v and\n%q, want\n%q", err, got, want)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestStreamsAreLimited: streams have their own limit, and give their place back.
func TestStreamsAreLimited(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Limits.Streams = 1 })
	f.events.Append(api.Event{Kind: "one"})
	in := make(chan struct{})
	ctx, leave := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- listen(ctx, f, "", func(api.Event) error { close(in); return nil })
	}()
	<-in
	never := func(api.Event) error { return errors.New("got in") }
	if err := listen(t.Context(), f, "", never); !errors.Is(err, errBusy) {
		t.Errorf("second stream: got %v, want busy", err)
	}
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	enough := errors.New("enough")
	for { // the server notices soon that the first has left
		err := listen(t.Context(), f, "", func(api.Event) error { return enough })
		if errors.Is(err, enough) {
			break
		}
		if !errors.Is(err, errBusy) {
			t.Fatalf("got %v, want busy until there is room", err)
		}
	}
}

// TestSlowReaderHoldsUpNobody: a caller that never reads costs the writer
// nothing, and shutdown does not wait for it.
func TestSlowReaderHoldsUpNobody(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Limits.StreamWrite = 200 * time.Millisecond })
	conn, err := net.Dial("unix", f.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 16)); err != nil { // the stream is open
		t.Fatal(err)
	}
	long := strings.Repeat("x", 64<<10)
	begin := time.Now()
	for range 200 {
		f.events.Append(api.Event{Kind: "big", Text: long})
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("appending took %v", took)
	}
	if resp, body := f.getUnix(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("another caller: got %d %s, want 200", resp.StatusCode, body)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if err := f.server.Shutdown(ctx); err != nil {
		t.Errorf("shutting down: %v", err)
	}
}
