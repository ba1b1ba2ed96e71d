package healthprobe

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Limits of a check (azure.md §1.2; interval and timeout go lower here).
const (
	MaxHeaders   = 8
	MaxRanges    = 8
	MaxTolerated = 9
	MaxRise      = 10
	MinInterval  = time.Second
	MaxInterval  = 10 * time.Minute
	MinTimeout   = 100 * time.Millisecond

	maxPath       = 2048 // bytes
	maxHeaderSize = 4096 // bytes of one value
)

// Check says how a target is probed and how results become a verdict. The zero
// values of Rise, Ranges and HoldDown mean their defaults.
type Check struct {
	Protocol   Protocol
	Port       uint16
	Path       string        // HTTP(S): absolute, with query; empty for TCP
	Host       string        // HTTP(S): Host header, "name" or "name:port"; empty: the target's name
	Headers    []Header      // HTTP(S): at most 8, never Host
	Ranges     []StatusRange // HTTP(S): statuses that count as success; none: exactly 200
	Interval   time.Duration // 1s .. 10m, between the starts of two probes
	Timeout    time.Duration // 100ms .. Interval, for the whole probe
	Tolerated  int           // 0 .. 9 failures in a row that do not yet mean down
	Rise       int           // 1 .. 10 successes in a row that mean up; 0 means 1
	Failback   Failback
	HoldDown   HoldDown
	Verify     Verify
	ServerName string // HTTPS: SNI and name in the certificate; empty: Host header, else the target's name
	Initial    Initial
	Gateway    bool // the target is a gateway of ours: one that says it is switched off counts as alive
}

// Header is one request header field.
type Header struct{ Name, Value string }

// StatusRange is an inclusive range of HTTP statuses.
type StatusRange struct{ Min, Max int }

// Validate reports everything wrong with c, joined.
func (c Check) Validate() error {
	errs := []error{
		c.Protocol.validate(),
		c.validateTiming(),
		between("toleratedNumberOfFailures", c.Tolerated, 0, MaxTolerated),
		between("rise", c.Rise, 0, MaxRise),
		c.Failback.validate(),
		c.Initial.validate(),
		c.HoldDown.validate(),
	}
	if c.Port == 0 {
		errs = append(errs, errors.New("port 0: want 1 to 65535"))
	}
	if c.Protocol == TCP {
		return errors.Join(append(errs, c.validateTCP())...)
	}
	return errors.Join(append(errs, c.validatePath(), c.validateNames(),
		validateEach("custom headers", c.Headers, MaxHeaders), validateEach("status ranges", c.Ranges, MaxRanges))...)
}

func between(name string, got, low, high int) error {
	if got < low || got > high {
		return fmt.Errorf("%s %d: want %d to %d", name, got, low, high)
	}
	return nil
}

func (c Check) validateTiming() error {
	if c.Interval < MinInterval || c.Interval > MaxInterval {
		return fmt.Errorf("interval %v: want %v to %v", c.Interval, MinInterval, MaxInterval)
	}
	if c.Timeout < MinTimeout || c.Timeout > c.Interval {
		return fmt.Errorf("timeout %v: want %v to the interval, %v", c.Timeout, MinTimeout, c.Interval)
	}
	return nil
}

func (c Check) validateTCP() error {
	if c.Path != "" || c.Host != "" || len(c.Headers) > 0 || len(c.Ranges) > 0 {
		return fmt.Errorf("protocol TCP with path %q, host %q, %d headers, %d status ranges: want none of them",
			c.Path, c.Host, len(c.Headers), len(c.Ranges))
	}
	return nil
}

func (c Check) validatePath() error {
	if !strings.HasPrefix(c.Path, "/") || strings.HasPrefix(c.Path, "//") {
		return fmt.Errorf("path %.80q: want it to begin with one slash", c.Path)
	}
	if len(c.Path) > maxPath {
		return fmt.Errorf("path of %d bytes: want at most %d", len(c.Path), maxPath)
	}
	if strings.ContainsAny(c.Path, " #") {
		return fmt.Errorf("path %.80q: want no space and no fragment", c.Path)
	}
	if _, err := url.ParseRequestURI(c.Path); err != nil {
		return fmt.Errorf("path %.80q: want a path that can be sent as it is", c.Path)
	}
	return nil
}

// validateEach validates a list that may have so many entries at the most.
func validateEach[T interface{ validate() error }](what string, list []T, most int) error {
	if len(list) > most {
		return fmt.Errorf("%d %s: want at most %d", len(list), what, most)
	}
	for _, entry := range list {
		if err := entry.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (h Header) validate() error {
	switch strings.ToLower(h.Name) {
	case "host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer":
		return fmt.Errorf("custom header %q: want none that frames the message (Host has its own field)", h.Name)
	}
	if !httpguts.ValidHeaderFieldName(h.Name) {
		return fmt.Errorf("custom header name %.80q: want a token (RFC 9110 §5.6.2)", h.Name)
	}
	if len(h.Value) > maxHeaderSize || !httpguts.ValidHeaderFieldValue(h.Value) {
		return fmt.Errorf("custom header %q: value %.80q: want at most %d visible bytes on one line", h.Name, h.Value, maxHeaderSize)
	}
	return nil
}

func (r StatusRange) validate() error {
	if r.Min < 100 || r.Max > 999 || r.Min > r.Max {
		return fmt.Errorf("status range %d-%d: want 100 to 999, min not above max", r.Min, r.Max)
	}
	return nil
}

func (c Check) validateNames() error {
	if err := c.Verify.validate(); err != nil {
		return err
	}
	if c.Host != "" && !httpguts.ValidHostHeader(c.Host) || strings.ContainsAny(c.Host, "*/ ") || len(c.Host) > maxHostName+6 {
		return fmt.Errorf("host header %.80q: want a name, with a port if need be", c.Host)
	}
	if len(c.ServerName) > maxHostName || strings.ContainsAny(c.ServerName, "*/: ") {
		return fmt.Errorf("server name %.80q: want a host name", c.ServerName)
	}
	return nil
}

// header returns the custom headers; they replace those of the prober.
func (c Check) header() http.Header {
	out := make(http.Header)
	for _, h := range c.Headers {
		out.Add(h.Name, h.Value)
	}
	return out
}

// accepts reports whether status counts as success.
func (c Check) accepts(status int) bool {
	if len(c.Ranges) == 0 {
		return status == 200
	}
	return slices.ContainsFunc(c.Ranges, func(r StatusRange) bool { return r.Min <= status && status <= r.Max })
}

// rise is the number of successes in a row that mean up.
func (c Check) rise() int { return max(c.Rise, 1) }

// fingerprint is equal for equal checks.
func (c Check) fingerprint() string { return fmt.Sprintf("%+v", c) }

// hostOnly strips the port of a Host header.
func hostOnly(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}
