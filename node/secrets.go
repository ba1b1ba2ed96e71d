package node

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"meridian/configs"
	"meridian/dnsserver"
	"meridian/secret"
)

// cookiePurpose names what the cookie secrets of a cluster are derived for.
const cookiePurpose = "dns cookies"

// cookies returns the secret of DNS cookies: that of the node file; else those
// derived from the gossip keys, which all name servers share; else, without a
// cluster, one this node made and keeps.
func (n *Node) cookies() (dnsserver.CookieSecrets, error) {
	if path := n.options.Config.DNS.CookieSecretFile; path != "" {
		text, err := configs.ReadPrivate(path)
		if err != nil {
			return dnsserver.CookieSecrets{}, fmt.Errorf("reading cookie secrets: %w", err)
		}
		return parseCookies(path, string(text))
	}
	if c := n.options.Config.Cluster; c != nil {
		return sharedCookies(c.KeyFile)
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

// sharedCookies derives cookie secrets from gossip keys: the first is used, the
// others are accepted too, so that a rotation costs no client its cookie.
func sharedCookies(keyFile string) (out dnsserver.CookieSecrets, err error) {
	keys, err := configs.ReadGossipKeys(keyFile)
	if err != nil {
		return out, err
	}
	for i, k := range keys {
		derived := secret.Derive(k, cookiePurpose, 0)
		if i == 0 {
			copy(out.Current[:], derived[:])
			continue
		}
		out.Others = append(out.Others, dnsserver.CookieSecret(derived[:len(out.Current)]))
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
