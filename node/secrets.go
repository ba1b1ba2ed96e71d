package node

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"meridian/configs"
	"meridian/dnsserver"
)

// cookies returns the secret of DNS cookies: that of the node file, which all
// name servers of the zone should share, else one this node made and keeps.
func (n *Node) cookies() (dnsserver.CookieSecrets, error) {
	if path := n.options.Config.DNS.CookieSecretFile; path != "" {
		text, err := configs.ReadPrivate(path)
		if err != nil {
			return dnsserver.CookieSecrets{}, fmt.Errorf("reading cookie secrets: %w", err)
		}
		return parseCookies(path, string(text))
	}
	var out dnsserver.CookieSecrets
	saved, known, err := n.load(cookieBlob)
	if known && err == nil && copy(out.Current[:], saved.Data) == len(out.Current) {
		return out, nil
	}
	if err != nil {
		n.log.Warn("cookie secret of the last run not used", "error", err)
	}
	_, _ = rand.Read(out.Current[:]) // never fails: it ends the process instead
	if err := n.disk.Save(cookieBlob, out.Current[:]); err != nil {
		n.log.Warn("cookie secret not saved, clients will need new cookies after a restart", "error", err)
	}
	return out, nil
}

// parseCookies reads one secret a line, 32 hexadecimal digits each: the first
// is used, the others are accepted too.
func parseCookies(path, text string) (out dnsserver.CookieSecrets, err error) {
	for i, line := range strings.Fields(text) {
		raw, err := hex.DecodeString(line)
		if err != nil || len(raw) != len(out.Current) {
			return out, fmt.Errorf("%s: cookie secret %d: want %d hexadecimal digits", path, i+1, 2*len(out.Current))
		}
		if i == 0 {
			copy(out.Current[:], raw)
			continue
		}
		out.Others = append(out.Others, dnsserver.CookieSecret(raw))
	}
	if out.Current == (dnsserver.CookieSecret{}) {
		return out, fmt.Errorf("%s: no cookie secret: want %d hexadecimal digits, not all zero", path, 2*len(out.Current))
	}
	return out, nil
}

func rateLimit(c configs.RateLimit) dnsserver.RateLimit {
	return dnsserver.RateLimit{Off: !c.Enabled, Answers: c.ResponsesPerSecond}
}
