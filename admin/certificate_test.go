package admin_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"meridian/admin"
	"meridian/admin/api"
)

// https asks a server over TLS, with a client certificate where one is given.
func https(t *testing.T, a *admin.Authority, f *fixture, path, token string, cert *tls.Certificate) (*http.Response, string, error) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(a.Cert)
	config := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
	if cert != nil { // sent whatever CAs the server names
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}, Timeout: 20 * time.Second}
	_, port, err := net.SplitHostPort(f.server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://127.0.0.1:"+port+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

// TestClientCertificates (faults.md C18): no certificate, one with a name that
// has no role, an expired one, one of another CA.
func TestClientCertificates(t *testing.T) {
	ours, other := admin.NewAuthority(t, "ours"), admin.NewAuthority(t, "other")
	f := start(t, func(o *admin.Options) {
		o.TLS, o.Authenticator = ours.Server(t, t.TempDir(), "one"), withTokens()
		o.TLS.ClientRoles = map[string]api.Role{"alice": api.Operator}
	})
	soon := time.Now().Add(time.Hour)
	forged := other.Client(t, "alice", soon)
	for name, tt := range map[string]struct {
		cert   *tls.Certificate
		token  string
		path   string
		status int // 0: no answer
	}{
		"alice":                   {ours.Client(t, "alice", soon), "", "/v1/status", 200},
		"alice, operator's":       {ours.Client(t, "alice", soon), "", "/v1/audit", 501},
		"alice, admin's":          {ours.Client(t, "alice", soon), "", "/v1/tokens", 403},
		"nobody in particular":    {ours.Client(t, "bob", soon), "", "/v1/status", 401},
		"expired":                 {ours.Client(t, "alice", time.Now().Add(-time.Minute)), "", "/v1/status", 0},
		"another CA":              {forged, "", "/v1/status", 0},
		"another CA, and a token": {forged, "viewer-token", "/v1/status", 0},
		"none":                    {nil, "", "/v1/status", 401},
		"none, but a token":       {nil, "viewer-token", "/v1/status", 200},
		"none, for a monitor":     {nil, "", "/healthz", 200},
	} {
		resp, body, err := https(t, ours, f, tt.path, tt.token, tt.cert)
		switch {
		case tt.status == 0 && err == nil:
			t.Errorf("%s: got %d %s, want a failed handshake", name, resp.StatusCode, body)
		case tt.status != 0 && (err != nil || resp.StatusCode != tt.status):
			t.Errorf("%s: got %v %s, %v, want %d", name, resp, body, err, tt.status)
		}
	}
	if resp, body, err := https(t, ours, f, "/metrics", "viewer-token", nil); err != nil || resp.StatusCode != 200 ||
		!strings.Contains(body, "meridian_admin_client_certificates_refused_total 3\n") {
		t.Errorf("metrics: got %v, %v, want three refused certificates", resp, err)
	}
	resp, err := http.Get("http://" + f.server.Addr().String() + "/v1/status")
	if err != nil || resp.StatusCode != 400 {
		t.Errorf("without TLS: got %v, %v, want 400", resp, err)
	}
	if err == nil {
		_ = resp.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestBeyondLoopbackWithTLS: with a certificate and tokens every address is
// served, and everything but what monitors ask wants a token.
func TestBeyondLoopbackWithTLS(t *testing.T) {
	ours := admin.NewAuthority(t, "ours")
	f := start(t, func(o *admin.Options) {
		o.Listen, o.TLS, o.Authenticator = "0.0.0.0:0", ours.Server(t, t.TempDir(), "one"), &fakeTokens{}
		o.TLS.ClientCAs = ""
	})
	for path, want := range map[string]int{"/v1/status": 401, "/metrics": 401, "/healthz": 200, "/readyz": 200, "/openapi.json": 401, "/no/such": 401} {
		if resp, body, err := https(t, ours, f, path, "", nil); err != nil || resp.StatusCode != want {
			t.Errorf("%s without a token: got %v %s, %v, want %d", path, resp, body, err, want)
		}
	}
	if resp, body := f.getUnix(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("over the socket: got %d %s, want 200", resp.StatusCode, body)
	}
}

// TestTLSOptions: what cannot be is refused before anything is bound.
func TestTLSOptions(t *testing.T) {
	ours := admin.NewAuthority(t, "ours")
	good := ours.Server(t, t.TempDir(), "one")
	for name, change := range map[string]func(*admin.TLS){
		"no key":              func(o *admin.TLS) { o.Key = "" },
		"CAs without a key":   func(o *admin.TLS) { o.Key, o.Certificate = "", "" },
		"roles without CAs":   func(o *admin.TLS) { o.ClientCAs, o.ClientRoles = "", map[string]api.Role{"a": api.Viewer} },
		"role that is none":   func(o *admin.TLS) { o.ClientRoles = map[string]api.Role{"a": "king"} },
		"file that is not":    func(o *admin.TLS) { o.Certificate += "x" },
		"directory":           func(o *admin.TLS) { o.ClientCAs = t.TempDir() },
		"key as certificate":  func(o *admin.TLS) { o.Certificate = o.Key },
		"CAs without any":     func(o *admin.TLS) { o.ClientCAs = good.Key },
		"certificate as key":  func(o *admin.TLS) { o.Key = o.Certificate },
		"device without end":  func(o *admin.TLS) { o.Key = "/dev/zero" },
		"nothing at all read": func(o *admin.TLS) { o.Certificate = "/dev/null" },
	} {
		o := options(t)
		o.Listen, o.TLS = "127.0.0.1:0", good
		change(&o.TLS)
		if s, err := admin.New(o); err == nil {
			_ = s.Shutdown(t.Context())
			t.Errorf("%s: got no error", name)
		}
	}
	o := options(t)
	o.Listen, o.RequireAuth = "127.0.0.1:0", true
	if s, err := admin.New(o); err == nil {
		_ = s.Shutdown(t.Context())
		t.Error("authentication required, and none possible: got no error")
	}
	o = options(t)
	o.Listen, o.TLS = "0.0.0.0:0", good
	o.TLS.ClientCAs = ""
	if _, err := admin.New(o); err == nil || !strings.Contains(err.Error(), "authentication") {
		t.Errorf("beyond loopback with TLS alone: got %v, want an error about authentication", err)
	}
}
