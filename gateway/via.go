package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// maxPasses is how often a request may come by here. An API that calls another
// one of the same gateway is no loop.
const maxPasses = 3

// maxHops bounds the gateways and proxies that a request may have passed.
const maxHops = 64

// via writes and reads Via (RFC 9110 §7.6.3). Our pseudonym tells nothing of
// the node, and stays the same.
type via struct {
	name string
	ours map[string][]string // by protocol, where nobody was before us; shared, so without room to append
}

func newVia(node, location string) via {
	sum := sha256.Sum256([]byte(location + "/" + node))
	if node == "" {
		_, _ = rand.Read(sum[:]) // never fails
	}
	v := via{name: "meridian-" + hex.EncodeToString(sum[:6]), ours: map[string][]string{}}
	for _, protocol := range []string{"1.0", "1.1", "2.0"} {
		v.ours[protocol] = []string{protocol + " " + v.name}
	}
	return v
}

// passed adds us to a request on its way.
func (v *via) passed(h http.Header, protocol string) {
	h["Via"] = v.after(h["Via"], protocol)
}

// answered adds us to an answer on its way.
func (v *via) answered(h http.Header, res *http.Response) {
	protocol := "1.1"
	if res.ProtoMajor == 2 {
		protocol = "2.0"
	}
	h["Via"] = v.after(h["Via"], protocol)
}

func (v *via) after(prior []string, protocol string) []string {
	ours := v.ours[protocol]
	if ours == nil {
		ours = v.ours["1.1"]
	}
	if len(prior) == 0 {
		return ours
	}
	return append(append(make([]string, 0, len(prior)+1), prior...), ours[0])
}

// loops reports whether a request comes by again and again.
func (v *via) loops(h http.Header) bool {
	passes, hops := 0, 0
	for _, list := range h["Via"] {
		passes += strings.Count(list, v.name)
		hops += 1 + strings.Count(list, ",")
	}
	return passes >= maxPasses || hops > maxHops
}

// loop refuses what comes by again and again.
func (x *exchange) loop() bool {
	if len(x.r.Header["Via"]) == 0 || !x.g.via.loops(x.r.Header) {
		return false
	}
	return x.refuse(ReasonLoop)
}
