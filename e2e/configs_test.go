//go:build linux

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// inConfigs runs meridian check in the folder of the examples and returns what
// it wrote to standard output and standard error, and its exit code.
func inConfigs(t *testing.T, file string) (out, errs string, code int) {
	t.Helper()
	return checkIn(t, filepath.Join(root, "configs"), file)
}

func checkIn(t *testing.T, dir, file string) (out, errs string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "meridian", "check", file)
	cmd.Dir = dir
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

func documents(t *testing.T, pattern string, least int) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "configs", pattern))
	if err != nil || len(found) < least {
		t.Fatalf("%s: got %d files, %v, want at least %d", pattern, len(found), err, least)
	}
	for i := range found {
		found[i] = strings.TrimPrefix(found[i], filepath.Join(root, "configs")+"/")
	}
	return found
}

// withSecrets copies the examples to where the keys and certificates lie that
// they name.
func withSecrets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "configs"))); err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"gossip.key", "secrets.key"} {
		raw := make([]byte, 32)
		_, _ = rand.Read(raw) // never fails
		put(name, []byte(hex.EncodeToString(raw)+"\n"))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"contoso.test"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tls/contoso", "tls/admin", "tls/clients"} {
		put(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
		put(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	return dir
}

// TestExamplesCheck checks every example with the binary. The one warning they
// may have says that check has no secrets to look names up in.
func TestExamplesCheck(t *testing.T) {
	dir := withSecrets(t)
	for _, file := range documents(t, "*.yaml", 13) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			out, errs, code := checkIn(t, dir, file)
			warned := strings.Count(errs, ": warning: ")
			known := strings.Count(errs, "secrets are not looked up here")
			if code != 0 || warned != known || known > 1 || errs != "" && known == 0 || !strings.HasPrefix(out, file+": ok, ") {
				t.Errorf("exit %d\n%s%s\nwant exit 0, ok, no warning", code, out, errs)
			}
		})
	}
}

// TestBrokenDocumentsCheck checks every broken document with the binary: the
// place, the value and what is allowed, as the golden file beside it says.
func TestBrokenDocumentsCheck(t *testing.T) {
	place := regexp.MustCompile(`(?m)^testdata/invalid-[a-z0-9-]+\.yaml:\d+:\d+: \S`)
	for _, file := range documents(t, "testdata/invalid-*.yaml", 30) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			out, errs, code := inConfigs(t, file)
			want := read(t, filepath.Join(root, "configs", strings.TrimSuffix(file, ".yaml")+".want"))
			if code != 1 || out != "" || errs != want || !place.MatchString(errs) {
				t.Errorf("exit %d\n%s%s\nwant exit 1 and\n%s", code, out, errs, want)
			}
		})
	}
}
