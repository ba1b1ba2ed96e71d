//go:build linux

package e2e

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// visitor is a browser without a window.
type visitor struct {
	*http.Client
	at string
}

func newVisitor(t *testing.T, r *region) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return visitor{&http.Client{Jar: jar, Timeout: 10 * time.Second}, "http://" + r.adminAddress()}
}

// read returns the answer to a request, after redirects.
func (v visitor) do(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := v.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // read only
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func (v visitor) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, v.at+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// login logs in with a token and returns the page.
func (v visitor) login(t *testing.T, token string) (int, string) {
	t.Helper()
	req := v.request(t, http.MethodPost, "/login", url.Values{"token": {token}}.Encode())
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(t, req)
}

// page uses the status page as a browser does: logging in, switching, and
// following what happens.
func (c *cluster) page(t *testing.T, tokens map[string]string) {
	at, of := c.regions[0], c.regions[2]
	nobody := newVisitor(t, at)
	if status, body := nobody.do(t, nobody.request(t, http.MethodGet, "/", "")); status != http.StatusOK || !strings.Contains(body, `action="/login"`) || strings.Contains(body, of.display) {
		t.Errorf("without a token: got %d %s, want a form to log in and nothing else", status, body)
	}
	if status, body := nobody.login(t, "wrong"); status != http.StatusUnauthorized || !strings.Contains(body, `role="alert"`) {
		t.Errorf("wrong token: got %d %s, want 401 and the form again", status, body)
	}
	button := `data-location="` + of.id + `" data-disable="true"`
	viewer := newVisitor(t, at)
	if status, body := viewer.login(t, tokens["viewer"]); status != http.StatusOK || !strings.Contains(body, of.display) || strings.Contains(body, button) {
		t.Errorf("as a viewer: got %d %s, want the locations and no buttons", status, body)
	}
	operator := newVisitor(t, at)
	status, body := operator.login(t, tokens["operator"])
	csrf := regexp.MustCompile(`<meta name="csrf" content="([^"]+)">`).FindStringSubmatch(body)
	if status != http.StatusOK || !strings.Contains(body, button) || csrf == nil {
		t.Fatalf("as an operator: got %d %s, want the locations with buttons", status, body)
	}
	for _, r := range c.regions {
		if !strings.Contains(body, r.display) {
			t.Errorf("the page does not name %s", r.display)
		}
	}
	events := operator.follow(t)
	if status, body := operator.toggle(t, of.id, "true", ""); status != http.StatusForbidden {
		t.Errorf("without the page's secret: got %d %s, want 403", status, body)
	}
	if status, body := operator.toggle(t, of.id, "true", csrf[1]); status != http.StatusOK && status != http.StatusAccepted {
		t.Fatalf("switching: got %d %s, want 200 or 202", status, body)
	}
	seen := ""
	eventually(t, converge, "event of the switch", func() (bool, string) { // beside what else happens
		select {
		case line := <-events:
			seen += line + "\n"
			return strings.Contains(line, "switched") && strings.Contains(line, of.id), seen
		default:
			return false, seen
		}
	})
	eventually(t, converge, "the page showing the switch", func() (bool, string) {
		_, body := operator.do(t, operator.request(t, http.MethodGet, "/?part=main", ""))
		return strings.Contains(body, `data-location="`+of.id+`" data-disable="false"`) && strings.Contains(body, "token:operator-1"), body
	})
	if status, body := operator.toggle(t, of.id, "false", csrf[1]); status != http.StatusOK && status != http.StatusAccepted {
		t.Errorf("switching back: got %d %s, want 200 or 202", status, body)
	}
	switched(t, converge, of.id, false, c.regions...) // this one may be killed next
	operator.do(t, operator.request(t, http.MethodPost, "/logout", ""))
	if status, body := operator.toggle(t, of.id, "true", csrf[1]); status != http.StatusUnauthorized {
		t.Errorf("after logging out: got %d %s, want 401", status, body)
	}
}

// toggle switches a location as the page's script does.
func (v visitor) toggle(t *testing.T, location, disable, csrf string) (int, string) {
	t.Helper()
	req := v.request(t, http.MethodPatch, "/v1/locations/"+location+"?wait=none", `{"disableGateway": `+disable+`, "reason": "page"}`)
	req.Header.Set("Content-Type", "application/json")
	if csrf != "" {
		req.Header.Set("Meridian-Csrf", csrf)
	}
	return v.do(t, req)
}

// follow reads the stream of events from now on.
func (v visitor) follow(t *testing.T) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req := v.request(t, http.MethodGet, "/v1/events", "").WithContext(ctx)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Last-Event-Id", v.lastEvent(t))
	stream := http.Client{Jar: v.Jar}
	resp, err := stream.Do(req)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Errorf("the stream is %q, want text/event-stream", kind)
	}
	out, done := make(chan string), make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			select {
			case out <- data:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		_ = resp.Body.Close() // read only
	})
	return out
}

// lastEvent is the id of the newest event.
func (v visitor) lastEvent(t *testing.T) string {
	t.Helper()
	_, body := v.do(t, v.request(t, http.MethodGet, "/v1/events", ""))
	ids := regexp.MustCompile(`"id":"([^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(ids) == 0 {
		t.Fatalf("no event has an id in %s", body)
	}
	return ids[len(ids)-1][1]
}
