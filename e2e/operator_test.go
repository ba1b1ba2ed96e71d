//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
)

// adminPort is where the admin API of these tests listens, beside its socket.
const adminPort = 8053

func (r *region) adminAddress() string { return netip.AddrPortFrom(r.address, adminPort).String() }

// startOperated is a cluster whose admin API is reached over TCP too.
func startOperated(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t, clusterOptions{ttl: 1})
	for _, r := range c.regions {
		file := read(t, r.path("node.yaml"))
		write(t, r.dir, "node.yaml", strings.Replace(file, "admin: {socket: admin.sock}", fmt.Sprintf("admin: {listen: %q, socket: admin.sock}", r.adminAddress()), 1))
		r.start(t)
	}
	for _, r := range c.regions {
		r.ready(t)
	}
	c.well(t) // what is down is not enabled without more words
	return c
}

// cli runs a command line against servers and returns what it printed and its
// exit code.
func cli(t *testing.T, servers string, args ...string) (string, int) {
	t.Helper()
	out, err := attempt(t, append([]string{"meridian", "--server", servers}, args...)...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return out, exit.ExitCode()
	case err != nil:
		t.Fatalf("%v: %v", args, err)
	}
	return out, 0
}

// exitsWith is cli where the exit code and a text are known.
func exitsWith(t *testing.T, code int, text, servers string, args ...string) string {
	t.Helper()
	out, got := cli(t, servers, args...)
	if got != code || !strings.Contains(out, text) {
		t.Errorf("meridian %s: got exit code %d and %q, want %d and %q", strings.Join(args, " "), got, out, code, text)
	}
	return out
}

// TestOperator uses the admin API and the command line as operators do, while
// nodes come and go.
func TestOperator(t *testing.T) {
	t.Parallel()
	c := startOperated(t)
	t.Run("exit codes", c.exitCodes)
	t.Run("dry run", c.dryRun)
	c.incomplete(t)
	tokens := c.tokens(t)
	t.Run("roles", func(t *testing.T) { c.roles(t, tokens) })
	t.Run("repeats", func(t *testing.T) { c.repeats(t, tokens["operator"]) })
	t.Run("page", func(t *testing.T) { c.page(t, tokens) })
	t.Run("audit", c.audit)
	t.Run("alone", c.operateAlone)
	t.Run("beyond loopback", c.beyond)
}

// exitCodes are those of orders that end at once.
func (c *cluster) exitCodes(t *testing.T) {
	at, of := c.regions[0].server(), c.regions[2].id
	exitsWith(t, 0, "accepted by n1", at, "location", "disable", of, "--reason", "test", "--wait", "all")
	exitsWith(t, 0, "nothing had to change", at, "location", "disable", of, "--reason", "test")
	exitsWith(t, 0, "accepted by n2", c.regions[1].server(), "location", "enable", of, "--wait", "all")
	exitsWith(t, 1, "atlantis", at, "location", "disable", "atlantis", "--reason", "test")
	exitsWith(t, 1, "with a reason only", at, "location", "disable", of, "--bypass", "minEnabledLocations")

	// All but one, and then that one too.
	exitsWith(t, 0, "", at, "location", "disable", c.regions[1].id, "--reason", "test")
	exitsWith(t, 0, "", at, "location", "disable", of, "--reason", "test")
	exitsWith(t, 1, "minEnabledLocations", at, "location", "disable", c.regions[0].id, "--reason", "test")
	exitsWith(t, 0, "", at, "location", "enable", c.regions[1].id)
	exitsWith(t, 0, "", at, "location", "enable", of)

	// Nobody there; the first of two not there; one that never answers.
	gone := "127.0.0.1:1"
	exitsWith(t, 4, "no server could be connected to", gone, "location", "disable", of, "--reason", "test")
	exitsWith(t, 0, "West US 2", gone+","+at, "location", "list")
	exitsWith(t, 4, "may have been carried out or not", swallow(t), "location", "disable", of, "--reason", "test", "--timeout", "1s")
	if l, err := c.regions[0].api.Location(t.Context(), of); err != nil || l.DisableGateway {
		t.Errorf("%s: got %+v, %v, want it on after all", of, l.Settings, err)
	}
}

// swallow is a server that takes orders and never answers.
func swallow(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }() // with the listener
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

// dryRun shows what an order would change.
func (c *cluster) dryRun(t *testing.T) {
	at, of := c.regions[1], c.regions[1]
	out := exitsWith(t, 0, "dry run, nothing has changed", at.server(), "location", "disable", of.id, "--reason", "test", "--dry-run")
	if !strings.Contains(out, "contoso") {
		t.Errorf("got %q, want the change in the answers of contoso", out)
	}
	exitsWith(t, 0, "dry run, nothing has changed", at.server(), "drill", "start", of.id, "--for", "1m", "--dry-run", "--reason", "test")
	always(t, 500*time.Millisecond, "location answering after a dry run", func() (bool, string) {
		got, err := c.regions[0].regional(of.id)
		return err == nil && got == of.address, fmt.Sprintf("%v %v", got, err)
	})
	changes, err := at.api.Changes(t.Context(), 100)
	for _, x := range changes.Changes {
		if x.DryRun || x.Object == "location/"+of.id && x.Value == "true" && x.Node == "n2" {
			t.Errorf("a dry run is listed as a change: %+v", x)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// incomplete orders while a node is down: accepted, not yet everywhere, and
// complete when the node is back.
func (c *cluster) incomplete(t *testing.T) {
	t.Helper()
	at, of, down := c.regions[0].server(), c.regions[1].id, c.regions[2]
	down.kill()
	out := exitsWith(t, 3, "missing at n3", at, "location", "disable", of, "--reason", "one is down", "--wait", "all", "--timeout", "2s")
	_, rest, _ := strings.Cut(out, "meridian change wait ")
	id, _, _ := strings.Cut(rest, "\n")
	exitsWith(t, 3, "missing at n3", at, "change", "wait", id, "--wait", "all", "--timeout", "1s")
	eventually(t, startTime, "the dead node not being waited for", func() (bool, string) {
		out, code := cli(t, at, "change", "wait", id, "--wait", "reachable", "--timeout", "1s")
		return code == 0, out
	})
	exitsWith(t, 1, "nosuchchange", at, "change", "wait", "nosuchchange")
	down.start(t)
	down.ready(t)
	exitsWith(t, 0, "n3", at, "change", "wait", id, "--wait", "all", "--timeout", "25s")
	exitsWith(t, 0, "", at, "location", "enable", of)
	c.well(t)
}

// tokens makes one of each role; they are known everywhere soon.
func (c *cluster) tokens(t *testing.T) map[string]string {
	t.Helper()
	// Before there is a token nobody on this machine needs one.
	if status, body := c.call(t, c.regions[1], "", http.MethodGet, "/v1/locations", "", nil); status != http.StatusOK {
		t.Errorf("without any token: got %d %s, want 200", status, body)
	}
	out := map[string]string{}
	for _, role := range []string{"viewer", "operator", "admin"} {
		text := run(t, "sh", "-c", "meridian --server "+c.regions[0].server()+" token create "+role+"-1 --role "+role+" 2>/dev/null")
		out[role] = strings.TrimSpace(text)
	}
	for _, r := range c.regions {
		eventually(t, converge, r.name+" knowing the tokens", func() (bool, string) {
			all, err := r.api.Tokens(t.Context())
			return err == nil && len(all.Tokens) == 3, fmt.Sprintf("%v %+v", err, all)
		})
	}
	return out
}

// call makes a request to a region's admin API over TCP.
func (c *cluster) call(t *testing.T, r *region, token, method, path, body string, header http.Header) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+r.adminAddress()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // read only
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusUnauthorized && !strings.HasPrefix(resp.Header.Get("Www-Authenticate"), "Bearer") {
		t.Errorf("%s %s: 401 with WWW-Authenticate %q, want Bearer", method, path, resp.Header.Get("Www-Authenticate"))
	}
	return resp.StatusCode, string(text)
}

// roles asks with every role for something of each.
func (c *cluster) roles(t *testing.T, tokens map[string]string) {
	bearers := map[string]string{"viewer": tokens["viewer"], "operator": tokens["operator"], "admin": tokens["admin"], "bad": "meridian_nonsense", "none": ""}
	off := `{"disableGateway": false, "reason": "roles"}`
	location := "/v1/locations/" + c.regions[2].id
	for _, x := range []struct {
		method, path, body string
		want               map[string]int
	}{
		{http.MethodGet, "/v1/locations", "", map[string]int{"viewer": 200, "operator": 200, "admin": 200, "bad": 401, "none": 401}},
		{http.MethodGet, "/v1/audit", "", map[string]int{"viewer": 403, "operator": 200, "admin": 200, "bad": 401, "none": 401}},
		{http.MethodPatch, location, off, map[string]int{"viewer": 403, "operator": 200, "admin": 200, "bad": 401, "none": 401}},
		{http.MethodPost, "/v1/drills", `{"location": "atlantis", "for": "1m", "reason": "roles"}`, map[string]int{"viewer": 403, "operator": 409, "admin": 409, "bad": 401, "none": 401}},
		{http.MethodDelete, "/v1/tokens/nosuch", "", map[string]int{"viewer": 403, "operator": 403, "admin": 404, "bad": 401, "none": 401}},
		{http.MethodGet, "/healthz", "", map[string]int{"viewer": 200, "bad": 200, "none": 200}},
	} {
		for who, want := range x.want {
			got, body := c.call(t, c.regions[1], bearers[who], x.method, x.path, x.body, nil)
			if got != want {
				t.Errorf("%s %s as %s: got %d %s, want %d", x.method, x.path, who, got, body, want)
			}
		}
	}
	exitsWith(t, 1, "operator", c.regions[1].adminAddress(), "--token", tokens["viewer"], "location", "disable", c.regions[2].id, "--reason", "roles")
	exitsWith(t, 0, "accepted", c.regions[1].adminAddress(), "--token", tokens["operator"], "location", "disable", c.regions[2].id, "--reason", "roles")
	eventually(t, converge, "location show telling who disabled it", func() (bool, string) {
		out := exitsWith(t, 0, "", c.regions[0].server(), "location", "show", c.regions[2].id)
		return strings.Contains(out, "token:operator-1"), out
	})
	exitsWith(t, 0, "accepted", c.regions[0].server(), "location", "enable", c.regions[2].id)
}

// repeats gives an order again with its key: it is carried out once.
func (c *cluster) repeats(t *testing.T, token string) {
	at, of := c.regions[0], c.regions[2]
	key := http.Header{"Idempotency-Key": {"once-and-no-more"}}
	give := func(body string) (int, api.Change, string) {
		status, text := c.call(t, at, token, http.MethodPatch, "/v1/locations/"+of.id, body, key)
		var out api.Change
		if status == http.StatusOK {
			if err := json.Unmarshal([]byte(text), &out); err != nil {
				t.Fatal(err)
			}
		}
		return status, out, text
	}
	_, first, text := give(`{"disableGateway": true, "reason": "repeats"}`)
	if first.ID == "" || first.Noop {
		t.Fatalf("got %s, want a change", text)
	}
	at.mustFlip(t, of.id, false)
	if _, again, text := give(`{"disableGateway": true, "reason": "repeats"}`); again.ID != first.ID {
		t.Errorf("repeated: got %s, want the outcome of %s", text, first.ID)
	}
	if l, err := at.api.Location(t.Context(), of.id); err != nil || l.DisableGateway {
		t.Errorf("got %+v, %v: the repeated order was carried out once more", l.Settings, err)
	}
	if status, _, text := give(`{"disableGateway": true, "reason": "something else"}`); status < 400 || !strings.Contains(text, "used for another order") {
		t.Errorf("another order with the same key: got %d %s, want a refusal", status, text)
	}
}

// audit verifies the log, and finds what was done to a copy.
func (c *cluster) audit(t *testing.T) {
	dir := c.regions[1].path("state/audit")
	out := exitsWith(t, 0, "entries", "127.0.0.1:1", "audit", "verify", "--dir", dir)
	head := strings.TrimSpace(out[strings.LastIndex(out, " ")+1:])
	listed := exitsWith(t, 0, "patchLocation", c.regions[1].server(), "audit", "--limit", "1000")
	for _, want := range []string{"token:viewer-1", "403", "401", "token:operator-1"} {
		if !strings.Contains(listed, want) {
			t.Errorf("audit: no %q in\n%s", want, listed)
		}
	}
	for name, edit := range map[string]func(lines []string) []string{
		"edited": func(l []string) []string {
			i := slices.IndexFunc(l, func(s string) bool { return strings.Contains(s, `"status":403`) })
			l[i] = strings.Replace(l[i], `"status":403`, `"status":200`, 1)
			return l
		},
		"removed": func(l []string) []string { return append(l[:1:1], l[2:]...) },
		"swapped": func(l []string) []string { l[1], l[2] = l[2], l[1]; return l },
		"cut off": func(l []string) []string { return append(l[:len(l)-2:len(l)-2], "") },
	} {
		out, code := cli(t, "127.0.0.1:1", "audit", "verify", "--dir", copyAudit(t, dir, edit))
		if code != 1 || !strings.Contains(out, "entry") {
			t.Errorf("%s: got exit code %d and %q, want 1 and the entry", name, code, out)
		}
	}
	exitsWith(t, 0, "entries", "127.0.0.1:1", "audit", "verify", "--dir", copyAudit(t, dir, func(l []string) []string { return l }))
	exitsWith(t, 0, "entries", "127.0.0.1:1", "audit", "verify", "--dir", dir, "--head", head)
}

// copyAudit copies an audit log, with the lines of its first file edited.
func copyAudit(t *testing.T, from string, edit func([]string) []string) string {
	t.Helper()
	to := folder(t)
	files, err := filepath.Glob(from + "/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("files of the audit log: %v %v", files, err)
	}
	edited := false
	for _, f := range files {
		text := read(t, f)
		if strings.HasSuffix(f, ".jsonl") && !edited {
			edited = true
			text = strings.Join(edit(strings.Split(text, "\n")), "\n")
		}
		write(t, to, filepath.Base(f), text)
	}
	return to
}

// operateAlone has one node left, and no token: its socket takes orders all
// the same.
func (c *cluster) operateAlone(t *testing.T) {
	left := c.regions[1]
	c.regions[0].kill()
	c.regions[2].kill()
	if status, body := c.call(t, left, "", http.MethodPatch, "/v1/locations/"+left.id, `{"disableGateway": true}`, nil); status != http.StatusUnauthorized {
		t.Errorf("over TCP without a token: got %d %s, want 401", status, body)
	}
	of := c.regions[2].id
	begin := time.Now()
	exitsWith(t, 0, "accepted by n2", left.server(), "location", "disable", of, "--reason", "alone", "--bypass", "degraded,relay", "--wait", "none")
	if took := time.Since(begin); took > 5*time.Second { // the command waits for twice as long where it waits
		t.Errorf("the order took %v with the others dead, want 5 s at most", took)
	}
	switched(t, converge, of, true, left)
	exitsWith(t, 3, "missing at n", left.server(), "location", "enable", of, "--reason", "alone", "--bypass", "degraded", "--wait", "all", "--timeout", "1s")
	switched(t, converge, of, false, left)
	eventually(t, startTime, "status naming the nodes that are gone", func() (bool, string) {
		out, code := cli(t, left.server(), "status")
		return code == 1 && strings.Contains(out, "n1") && strings.Contains(out, "n3"), out
	})
}

// beyond refuses an admin API that anybody could reach.
func (c *cluster) beyond(t *testing.T) {
	r := c.regions[0]
	file := strings.Replace(read(t, r.path("node.yaml")), r.adminAddress(), "0.0.0.0:8053", 1)
	write(t, r.dir, "open.yaml", file)
	for _, args := range [][]string{{"meridian", "check", r.path("open.yaml")}, {"meridian", "serve", "-c", r.path("open.yaml")}} {
		out, err := attempt(t, args...)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, `"0.0.0.0:8053" is not a loopback address`) {
			t.Errorf("%v: got %v and %q, want exit code 1 and a refusal", args, err, out)
		}
	}
	if err := os.Remove(r.path("open.yaml")); err != nil {
		t.Error(err)
	}
}
