package packaging

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const unit = root + "/packaging/meridian.service"

// TestUnitIsHardened asks systemd what an intruder could do from inside the
// unit: 0 nothing, 10 everything.
func TestUnitIsHardened(t *testing.T) {
	need(t, "systemd-analyze")
	run(t, "systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
}

func TestUnitIsValid(t *testing.T) {
	need(t, "systemd-analyze")
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(folder(t), "meridian.service")
	changed := strings.ReplaceAll(string(text), "ExecStart=/usr/bin/meridian ", "ExecStart="+build(t)+" ")
	if changed == string(text) {
		t.Fatal("the unit does not start /usr/bin/meridian")
	}
	if err := os.WriteFile(copied, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := run(t, "systemd-analyze", "verify", copied); out != "" {
		t.Errorf("systemd-analyze verify: got %q, want nothing", out)
	}
}

// TestUnitPrivilegesSuffice runs the binary as the unit does: not root, port
// 53 by CAP_NET_BIND_SERVICE alone, told through NOTIFY_SOCKET.
func TestUnitPrivilegesSuffice(t *testing.T) {
	need(t, "setpriv", "ip", "dig")
	inside := namespace(t)
	dir := folder(t)
	bin := filepath.Join(dir, "meridian")
	run(t, "cp", build(t), bin)
	run(t, "cp", root+"/packaging/compose/service.yaml", dir)
	node := fmt.Sprintf("node: {name: westus2-1, location: West US 2, roles: [dns, probe, admin], dataDir: %[1]s/state}\n"+
		"dns: {listen: [\"127.0.0.1:53\"]}\nadmin: {socket: %[1]s/state/admin.sock}\nservice: service.yaml\n", dir)
	if err := os.WriteFile(dir+"/node.yaml", []byte(node), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "install", "-d", "-m", "0700", "-o", fmt.Sprint(user), "-g", fmt.Sprint(user), dir+"/state")
	heard := listen(t, dir+"/notify")

	p := start(t, []string{"NOTIFY_SOCKET=" + dir + "/notify"}, slices.Concat(inside, privileges(t), []string{bin, "serve", "-c", dir + "/node.yaml"})...)
	expect(t, heard, "READY=1")
	dig := append(slices.Clone(inside), "dig", "+short", "+tries=1", "+time=1", "@127.0.0.1", "contoso.gtm.test")
	answered := func(out string) bool { return strings.HasPrefix(out, "172.30.0.2") }
	eventually(t, answered, dig...)
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, answered, dig...)
	go func() { _ = p.Process.Signal(syscall.SIGTERM) }()
	expect(t, heard, "STOPPING=1")
	if err := <-p.done; err != nil {
		t.Errorf("ending the node: %v", err)
	}
}

// privileges returns the arguments that give a command the privileges of the
// unit and the user of these tests.
func privileges(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	set := func(key, prefix string) string {
		_, rest, ok := strings.Cut(string(text), "\n"+key+"=")
		if !ok {
			t.Fatalf("the unit does not set %s", key)
		}
		line, _, _ := strings.Cut(rest, "\n")
		list := ""
		for _, word := range strings.Fields(line) {
			list += ",+" + strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(word), prefix), "-", "_")
		}
		return list
	}
	ambient := "-all" + set("AmbientCapabilities", "cap_")
	return []string{
		"setpriv", fmt.Sprintf("--reuid=%d", user), fmt.Sprintf("--regid=%d", user), "--clear-groups", "--no-new-privs",
		"--inh-caps=" + ambient, "--ambient-caps=" + ambient, "--bounding-set=-all" + set("CapabilityBoundingSet", "cap_"),
		"--securebits=" + strings.TrimPrefix(set("SecureBits", ""), ","),
	}
}

// listen returns what is sent to the datagram socket at path, line by line.
func listen(t *testing.T, path string) <-chan string {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 64)
	go func() {
		defer close(lines)
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			for line := range strings.Lines(string(buf[:n])) {
				lines <- strings.TrimSpace(line)
			}
		}
	}()
	return lines
}

// expect reads lines until want, for a minute at most.
func expect(t *testing.T, lines <-chan string, want string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case got, ok := <-lines:
			if !ok {
				t.Fatalf("the notification socket closed before %s", want)
			}
			if got == want {
				return
			}
		case <-deadline:
			t.Fatalf("no %s within %v", want, patience)
		}
	}
}
