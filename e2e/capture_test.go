//go:build linux

package e2e

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// packets is a capture of what the name servers of a world get and send.
type packets struct {
	*process
	w    *world
	file string
}

// ours matches packets from our name servers; clients without an address of
// their own use the server's.
const ours = "(ip.src == 10.53.0.11 || ip.src == 10.53.0.12 || ipv6.src == fd53::11 || ipv6.src == fd53::12) && (udp.srcport == 53 || tcp.srcport == 53)"

// capture begins to capture; every packet is on the loopback interface of the
// namespace.
func (w *world) capture(t *testing.T) *packets {
	t.Helper()
	c := &packets{w: w, file: w.dir + "/packets.pcapng"}
	c.process = start(t, nil, w.ns.command("tshark", "-q", "-i", "lo", "-B", "64", "-w", c.file, "-f", "port 53")...)
	c.marked(t, "start-of-capture")
	return c
}

// marked asks for a name until it is in the file.
func (c *packets) marked(t *testing.T, label string) {
	t.Helper()
	eventually(t, startTime, "capturing "+label, func() (bool, string) {
		c.w.ask(t, at(atNS1), "A "+label+".gtm.test")
		data, err := os.ReadFile(c.file)
		if err != nil {
			return false, err.Error()
		}
		return bytes.Contains(data, []byte(label)), tail(c.log.String())
	})
}

// tshark reads the capture with a display filter and returns the fields given,
// one line a packet.
func (c *packets) tshark(t *testing.T, filter string, fields ...string) []string {
	t.Helper()
	args := []string{"tshark", "-r", c.file, "-Y", filter, "-T", "fields"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	var out []string
	for line := range strings.Lines(run(t, args...)) {
		if !strings.HasPrefix(line, "Running as user") {
			out = append(out, strings.TrimRight(line, "\n"))
		}
	}
	return out
}

// leastReplies is the least number of our replies in the capture: dig, raw
// packets and resolvers send more questions than that.
const leastReplies = 500

// check ends the capture and decodes it: every reply of ours is whole and
// without a mark of the decoder.
func (c *packets) check(t *testing.T) {
	c.marked(t, "end-of-capture")
	eventually(t, startTime, "capture at rest", func() (bool, string) { return c.atRest(t), c.file })
	if err := c.stop(t, syscall.SIGINT); err != nil {
		t.Fatalf("ending the capture: %v", err)
	}
	if c.log.String() != "" && strings.Contains(c.log.String(), "dropped") && !strings.Contains(c.log.String(), "0 packets dropped") {
		t.Errorf("the capture is not whole: %s", tail(c.log.String()))
	}
	replies := c.tshark(t, "dns.flags.response == 1 && "+ours, "frame.number")
	if len(replies) < leastReplies {
		t.Errorf("decoded %d replies, want at least %d", len(replies), leastReplies)
	}
	t.Logf("decoded %d replies of ours", len(replies))
	// A query asked twice on purpose is marked as retransmitted by the decoder;
	// that says nothing about the octets of the reply.
	marks := c.tshark(t, ours+" && (udp || dns) && !icmp && !icmpv6 && (_ws.malformed || _ws.expert.severity >= 0x00600000) && !dns.retransmission",
		"frame.number", "frame.protocols", "_ws.expert.message", "dns.qry.name", "dns.id")
	for _, m := range marks {
		t.Errorf("tshark marks a reply of ours: %s", m)
	}
	if undecoded := c.tshark(t, ours+" && udp.srcport == 53 && !dns && !icmp && !icmpv6", "frame.number", "udp.payload"); len(undecoded) > 0 {
		t.Errorf("tshark does not take these for DNS: %q", undecoded)
	}
	volunteered := c.tshark(t, ours+" && dns.flags.response == 1 && (dns.flags.recavail == 1 || dns.flags.authenticated == 1)", "frame.number", "dns.qry.name")
	for _, m := range volunteered {
		t.Errorf("RA or AD set in a reply of ours: %s", m)
	}
}

// atRest reports whether the file has not grown for a moment.
func (c *packets) atRest(t *testing.T) bool {
	t.Helper()
	before := size(c.file)
	wait := time.NewTimer(300 * time.Millisecond)
	defer wait.Stop()
	<-wait.C
	return before > 0 && before == size(c.file)
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}
