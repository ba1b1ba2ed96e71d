//go:build linux

package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// TestDrain stops a node with requests, a WebSocket and idle connections at its
// gateway: it answers names and tells of who is left until the last request has
// been served, and everybody gets the answer or the end that is due.
func TestDrain(t *testing.T) {
	t.Parallel()
	const held = 100
	release := make(chan struct{})
	var asked sync.WaitGroup
	asked.Add(held)
	mux := http.NewServeMux()
	mux.Handle("/echo", websocket.Handler(echo))
	mux.HandleFunc("/held", func(w http.ResponseWriter, r *http.Request) {
		asked.Done()
		_, _ = io.Copy(w, r.Body) // the client sends the rest when it is released
		<-release
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	n, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: %q}]
apis: [{name: b, path: /, backend: b}]
`, startOrigin(t, mux))))
	host, dns := strings.TrimPrefix(url, "http://"), n.dns(t)
	idle, idleAnswers := keptOpen(t, host)
	ws, err := websocket.Dial("ws://"+host+"/echo", "", "http://contoso.gtm.test")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	answers := make(chan string, held)
	var clients sync.WaitGroup
	for range held {
		clients.Go(func() { answers <- upload(url+"/held", release) })
	}
	asked.Wait()

	n.signal(t, syscall.SIGTERM)
	n.says(t, 10*time.Second, "gateway ends what is under way")
	_ = idle.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := idleAnswers.ReadByte(); err != io.EOF {
		t.Errorf("the idle connection ended with %v, want its end", err)
	}
	want := fmt.Sprintf("%d requests, 1 tunnels and %d connections", held, held+1)
	eventually(t, 10*time.Second, "status counting "+want, func() (bool, string) {
		p, told := n.problem(t, "node_leaving")
		return told && strings.Contains(p.Text, want), p.Text
	})
	mustAsk(t, dns, "A contoso.gtm.test")
	if _, err := ws.Write([]byte("still")); err != nil {
		t.Errorf("the WebSocket failed while requests are under way: %v", err)
	}
	if _, err := io.ReadFull(ws, make([]byte, len("still"))); err != nil {
		t.Errorf("the WebSocket failed while requests are under way: %v", err)
	}
	close(release)
	clients.Wait()
	close(answers)
	got := map[string]int{}
	for a := range answers {
		got[a]++
	}
	if got["200 first rest"] != held {
		t.Errorf("got %v, want %d whole answers", got, held)
	}
	if _, err := ws.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the WebSocket ended with %v, want a Close", err)
	}
	select {
	case <-n.ended:
	case <-time.After(15 * time.Second):
		t.Fatal("the node runs 15 s after its last request")
	}
	if n.err != nil {
		t.Errorf("the node ended with %v, want no error", n.err)
	}
}

// keptOpen makes a request on a new connection that stays open.
func keptOpen(t *testing.T, host string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, _ = io.WriteString(c, "GET /x HTTP/1.1\r\nHost: contoso.gtm.test\r\n\r\n") // what fails shows in the answer
	br := bufio.NewReader(c)
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close() // read only
	return c, br
}

// upload sends a body of which the second part comes when it is released, and
// returns status and body of the answer.
func upload(url string, release <-chan struct{}) string {
	body, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, "first ")
		<-release
		_, _ = io.WriteString(w, "rest")
		_ = w.Close()
	}()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	res, err := client.Post(url, "text/plain", body)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", res.StatusCode, got)
}
