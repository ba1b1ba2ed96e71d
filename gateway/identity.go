package gateway

import (
	"net/textproto"
	"strings"
)

// identifying reports whether a field says who the client is, or what it asked
// for, in the words of a front end: backends believe them. They are taken off
// what others than trusted front ends send, in any spelling that a backend may
// take for them.
func identifying(name string) bool {
	if strings.IndexByte(name, '_') >= 0 {
		name = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
	}
	switch name {
	case "X-Real-Ip", "X-Client-Ip", "Client-Ip", "True-Client-Ip", "X-Cluster-Client-Ip", "X-Remote-Ip", "X-Remote-Addr", "X-Originating-Ip",
		"X-Original-Forwarded-For", "X-Proxyuser-Ip", "X-Envoy-External-Address", "X-Appengine-User-Ip", "Fastly-Client-Ip", "Fly-Client-Ip",
		"Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "Cf-Pseudo-Ipv4", "X-Azure-Clientip", "X-Azure-Socketip":
		return true
	case "X-Original-Host", "X-Original-Url", "X-Rewrite-Url":
		return true
	case "Client-Cert", "Client-Cert-Chain", "X-Arr-Clientcert", "X-Client-Cert", "X-Ssl-Client-Cert", "X-Ssl-Client-Verify", "X-Ssl-Client-Dn", "X-Ssl-Client-S-Dn":
		return true
	}
	return false
}
