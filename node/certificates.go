package node

import (
	"time"

	"meridian/gateway"
)

// expiresSoon is how long before its end a certificate is told of, and shorter
// for one of a short life: when a fifth of that is left.
const expiresSoon = 14 * 24 * time.Hour

// certificateProblems tells of certificates that clients refuse, or soon will,
// and of files that cannot be read.
func certificateProblems(list []gateway.CertificateState, now time.Time, add problemAdder) {
	for _, c := range list {
		subject := "certificate/" + c.File
		switch left := c.NotAfter.Sub(now); {
		case c.NotBefore.After(now):
			add("critical", "certificate_not_yet_valid", subject, "not valid before %s: clients refuse it", c.NotBefore.UTC().Format(time.RFC3339))
		case left <= 0:
			add("critical", "certificate_expired", subject, "not valid since %s: clients refuse it", c.NotAfter.UTC().Format(time.RFC3339))
		case left < min(expiresSoon, c.NotAfter.Sub(c.NotBefore)/5):
			add("warning", "certificate_expires", subject, "valid until %s: replace its files, they are read again by themselves", c.NotAfter.UTC().Format(time.RFC3339))
		}
		if c.Error != "" {
			add("warning", "certificate_unreadable", subject, "the one that was read before stays: %s", c.Error)
		}
	}
}
