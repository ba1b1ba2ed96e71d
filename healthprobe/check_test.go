package healthprobe

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func goodCheck() Check {
	return Check{
		Protocol: HTTPS, Port: 443, Path: "/status?deep=1", Host: "shop.example.com:8443",
		Headers: []Header{{"X-Probe", "1"}}, Ranges: []StatusRange{{200, 202}},
		Interval: 10 * time.Second, Timeout: 5 * time.Second, Tolerated: 3, Rise: 2, ServerName: "shop.example.com",
	}
}

func TestChecksAreChecked(t *testing.T) {
	if err := goodCheck().Validate(); err != nil {
		t.Errorf("the good one: %v", err)
	}
	for _, tc := range []struct {
		name   string
		change func(*Check)
		want   string // in the message: the value and the range
	}{
		{"protocol", func(c *Check) { c.Protocol = 9 }, `"Protocol(9)": want HTTP, HTTPS or TCP`},
		{"port", func(c *Check) { c.Port = 0 }, "port 0: want 1 to 65535"},
		{"interval", func(c *Check) { c.Interval = 999 * time.Millisecond }, "interval 999ms: want 1s to 10m0s"},
		{"interval above", func(c *Check) { c.Interval = time.Hour }, "interval 1h0m0s"},
		{"timeout", func(c *Check) { c.Timeout = time.Millisecond }, "timeout 1ms: want 100ms"},
		{"timeout above", func(c *Check) { c.Timeout = 11 * time.Second }, "timeout 11s: want 100ms to the interval, 10s"},
		{"tolerated", func(c *Check) { c.Tolerated = 10 }, "toleratedNumberOfFailures 10: want 0 to 9"},
		{"negative", func(c *Check) { c.Tolerated = -1 }, "toleratedNumberOfFailures -1"},
		{"rise", func(c *Check) { c.Rise = 11 }, "rise 11: want 0 to 10"},
		{"failback", func(c *Check) { c.Failback = 2 }, "failback 2: want auto or manual"},
		{"initial", func(c *Check) { c.Initial = 2 }, "initial 2: want serve or wait"},
		{"verify", func(c *Check) { c.Verify = 3 }, "verify 3: want full, chain or none"},
		{"hold-down", func(c *Check) { c.HoldDown.Start = 2 * time.Hour }, "hold-down start 2h0m0s: want 1s to 1h"},
		{"hold-down most", func(c *Check) { c.HoldDown.Start, c.HoldDown.Most = time.Minute, time.Second }, "hold-down most 1s: want its start, 1m0s"},
		{"hold-down memory", func(c *Check) { c.HoldDown.Memory = time.Millisecond }, "hold-down memory 1ms"},
		{"no path", func(c *Check) { c.Path = "" }, `path "": want it to begin with one slash`},
		{"scheme-relative path", func(c *Check) { c.Path = "//evil" }, `path "//evil"`},
		{"path with space", func(c *Check) { c.Path = "/a b" }, "want no space"},
		{"path that splits the request", func(c *Check) { c.Path = "/a\r\nX: y" }, "path"},
		{"long path", func(c *Check) { c.Path = "/" + strings.Repeat("x", 2048) }, "path of 2049 bytes: want at most 2048"},
		{"headers", func(c *Check) { c.Headers = make([]Header, 9) }, "9 custom headers: want at most 8"},
		{"host among headers", func(c *Check) { c.Headers[0].Name = "Host" }, "Host has its own field"},
		{"framing header", func(c *Check) { c.Headers[0].Name = "Transfer-Encoding" }, `custom header "Transfer-Encoding"`},
		{"header name", func(c *Check) { c.Headers[0].Name = "a b" }, `custom header name "a b"`},
		{"header that splits the request", func(c *Check) { c.Headers[0].Value = "1\r\nX: y" }, `value "1\r\nX: y"`},
		{"ranges", func(c *Check) { c.Ranges = make([]StatusRange, 9) }, "9 status ranges: want at most 8"},
		{"range", func(c *Check) { c.Ranges[0] = StatusRange{200, 99} }, "status range 200-99: want 100 to 999"},
		{"wildcard host (azure 1.2)", func(c *Check) { c.Host = "*.example.com" }, `host header "*.example.com"`},
		{"server name", func(c *Check) { c.ServerName = "a:1" }, `server name "a:1"`},
		{"TCP with a path", func(c *Check) { c.Protocol = TCP }, "protocol TCP with path"},
	} {
		check := goodCheck()
		tc.change(&check)
		if err := check.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want it to say %q", tc.name, err, tc.want)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	err := Check{Tolerated: 99, Rise: 99, Path: "x", Headers: make([]Header, 9)}.Validate()
	for _, want := range []string{"port", "interval", "tolerated", "rise", "path", "headers"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to speak of %s too", err, want)
		}
	}
}

func TestTargetsAreChecked(t *testing.T) {
	good := Target{ID: "t", Host: "h", Check: goodCheck()}
	for name, change := range map[string]func(*Target){
		"no id":    func(t *Target) { t.ID = "" },
		"long id":  func(t *Target) { t.ID = TargetID(strings.Repeat("x", 513)) },
		"no place": func(t *Target) { t.Host = "" },
		"host":     func(t *Target) { t.Host = strings.Repeat("x", 254) },
		"check":    func(t *Target) { t.Check.Port = 0 },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if err := good.Validate(); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestServerName(t *testing.T) {
	for _, tc := range []struct {
		target Target
		want   string
	}{
		{Target{Host: "h.example.com", Check: Check{ServerName: "sni.example.com", Host: "x"}}, "sni.example.com"},
		{Target{Host: "h.example.com", Check: Check{Host: "shop.example.com:8443"}}, "shop.example.com"},
		{Target{Host: "h.example.com", Check: Check{Host: "[2001:db8::1]"}}, "2001:db8::1"},
		{Target{Host: "h.example.com"}, "h.example.com"},
		{Target{Addr: netip.MustParseAddr("fe80::1%lo")}, "fe80::1"},
	} {
		if got := tc.target.serverName(); got != tc.want {
			t.Errorf("%+v: got %q want %q", tc.target, got, tc.want)
		}
	}
}

// Every reason is exactly one of success, failure and unknown, and silence is
// never an answer.
func TestReasons(t *testing.T) {
	for r, want := range map[Reason]string{
		ReasonOK: "ok answered", ReasonUnchecked: "unknown", ReasonRefused: "failure answered", ReasonReset: "failure answered",
		ReasonClosed: "failure answered", ReasonStatus: "failure answered", ReasonTLSExpired: "failure answered",
		ReasonTLSNotYetValid: "failure answered", ReasonTLSNameMismatch: "failure answered",
		ReasonTLSUnknownAuthority: "failure answered", ReasonTLSAlert: "failure answered", ReasonTLSFailed: "failure answered",
		ReasonProtocol: "failure answered", ReasonHeadersTooLarge: "failure answered", ReasonTimeoutTLS: "failure answered",
		ReasonTimeoutHeaders: "failure answered", ReasonTimeoutBody: "failure answered", ReasonTimeoutConnect: "failure",
		ReasonUnreachable: "failure", ReasonTimeoutResolve: "unknown", ReasonDNSFailure: "unknown", ReasonNoAddress: "unknown",
		ReasonNoRoute: "unknown", ReasonLocal: "unknown", ReasonCanceled: "unknown", ReasonPanic: "unknown", "": "unknown",
	} {
		got := []string{}
		for _, is := range []struct {
			yes  bool
			word string
		}{{r == ReasonOK, "ok"}, {r.Failure(), "failure"}, {r.Unknown(), "unknown"}, {r.Answered(), "answered"}} {
			if is.yes {
				got = append(got, is.word)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: got %q want %q", r, s, want)
		}
	}
}
