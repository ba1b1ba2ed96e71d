package healthprobe

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteTo writes d for people: "> " before what was sent, "< " before what came
// back. Foreign bytes are shown quoted where they are not plain text.
func (d Description) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", d.Target, d.Reason)
	if d.Detail != "" && d.Detail != string(d.Reason) {
		fmt.Fprintf(&b, " (%s)", plain(d.Detail))
	}
	b.WriteByte('\n')
	if d.Host != "" {
		fmt.Fprintf(&b, "  looked up %s: %d address(es) in %s\n", plain(d.Host), len(d.Tries), ms(d.Resolve))
	}
	for _, try := range d.Tries {
		try.writeText(&b)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// String is the text WriteTo writes.
func (d Description) String() string {
	var b strings.Builder
	d.WriteTo(&b) //nolint:errcheck // a builder takes everything
	return b.String()
}

func (t Try) writeText(b *strings.Builder) {
	fmt.Fprintf(b, "  %s: %s", t.Addr, t.Reason)
	if t.Detail != "" {
		fmt.Fprintf(b, " (%s)", plain(t.Detail))
	}
	fmt.Fprintf(b, "\n    connect %s, tls %s, first byte %s, total %s\n",
		ms(t.Phases.Connect), ms(t.Phases.TLS), ms(t.Phases.FirstByte), ms(t.Phases.Total))
	if t.TLS != nil {
		t.TLS.writeText(b)
	}
	writeLines(b, "    > ", t.Request)
	if t.StatusLine != "" {
		writeLines(b, "    < ", append([]string{t.StatusLine}, t.Headers...))
	}
	if t.Body != "" {
		fmt.Fprintf(b, "    < body: %s\n", strconv.Quote(t.Body))
	}
}

func (t TLSInfo) writeText(b *strings.Builder) {
	fmt.Fprintf(b, "    %s, %s, server name %s\n", t.Version, t.Cipher, plain(t.ServerName))
	for i, c := range t.Chain {
		fmt.Fprintf(b, "    certificate %d: %s\n      issued by %s\n      valid %s to %s", i, plain(c.Subject), plain(c.Issuer),
			c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
		if len(c.Names) > 0 {
			fmt.Fprintf(b, "\n      names %s", plain(strings.Join(c.Names, " ")))
		}
		b.WriteByte('\n')
	}
}

func writeLines(b *strings.Builder, prefix string, lines []string) {
	for _, line := range lines {
		b.WriteString(prefix + plain(line) + "\n")
	}
}

// plain quotes s if it holds anything a terminal would act on.
func plain(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// ms is a duration in milliseconds, a dash for a step not reached.
func ms(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
