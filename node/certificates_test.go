package node

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/gateway"
)

func TestCertificateProblems(t *testing.T) {
	now := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	state := func(age, left time.Duration, why string) gateway.CertificateState {
		return gateway.CertificateState{File: "/tls/a.pem", NotBefore: now.Add(-age), NotAfter: now.Add(left), Error: why}
	}
	for _, tt := range []struct {
		name string
		of   gateway.CertificateState
		want []string
	}{
		{"good", state(60*day, 30*day, ""), nil},
		{"to be replaced", state(77*day, 13*day, ""), []string{"warning certificate_expires certificate//tls/a.pem valid until 2026-03-15T03:00:00Z: replace its files, they are read again by themselves"}},
		{"of a short life", state(2*day, 4*day, ""), nil},
		{"at its end", state(5*day, day, ""), []string{"warning certificate_expires certificate//tls/a.pem valid until 2026-03-03T03:00:00Z: replace its files, they are read again by themselves"}},
		{"over", state(90*day, -time.Second, ""), []string{"critical certificate_expired certificate//tls/a.pem not valid since 2026-03-02T02:59:59Z: clients refuse it"}},
		{"too early", state(-day, 90*day, ""), []string{"critical certificate_not_yet_valid certificate//tls/a.pem not valid before 2026-03-03T03:00:00Z: clients refuse it"}},
		{"unreadable", state(60*day, 30*day, "no such file"), []string{"warning certificate_unreadable certificate//tls/a.pem the one that was read before stays: no such file"}},
	} {
		var got []string
		certificateProblems([]gateway.CertificateState{tt.of}, now, func(severity, code, subject, format string, args ...any) {
			got = append(got, severity+" "+code+" "+subject+" "+fmt.Sprintf(format, args...))
		})
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, d)
		}
	}
}
