package resolver

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// FuzzReply: no reply makes the client fail, and none is taken for an answer
// that does not carry our id, our name and our type. The first two octets of
// the input are replaced by the id, or hardly a reply would get far.
func FuzzReply(f *testing.F) {
	query := new(dns.Msg).SetQuestion("x.test.", dns.TypeA)
	for _, text := range []string{
		"x.test. 60 A 192.0.2.1", "x.test. 60 CNAME y.test.\ny.test. 60 A 192.0.2.1", "rcode=NXDOMAIN" + soa, "tc", "rcode=FORMERR", "x.test. 60 CNAME x.test.",
		"authority\ntest. 60 NS ns.test.", "x.test. 4294967295 A 192.0.2.1",
	} {
		data, err := reply(query, text).Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)-3])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		q := question{name: "x.test.", sent: "x.test.", rrtype: dns.TypeA, id: 0x1234}
		if len(data) >= 2 {
			binary.BigEndian.PutUint16(data, q.id)
		}
		msg, err := q.accept(data)
		if err != nil {
			return
		}
		if !msg.Response || len(msg.Question) > 1 || len(msg.Question) == 0 && msg.Rcode == dns.RcodeSuccess {
			t.Fatalf("accepted %v", msg)
		}
		if len(msg.Question) == 1 && (msg.Question[0].Name != q.sent || msg.Question[0].Qtype != q.rrtype) {
			t.Fatalf("accepted an answer to %v", msg.Question[0])
		}
		checkReading(t, read(msg, q.name, q.rrtype))
		replyRecords(msg.Answer)
		replyRecords(msg.Ns)
		replyRecords(msg.Extra)
	})
}

// checkReading: exactly one of addresses, an alias to follow and a failure.
func checkReading(t *testing.T, got reading) {
	outcomes := 0
	for _, is := range []bool{len(got.addrs) > 0, got.next != "", got.kind != 0} {
		if is {
			outcomes++
		}
	}
	if outcomes != 1 || got.ttl < 0 || got.ttl > dnswire.MaxTTL*time.Second || got.hops > MaxAliases {
		t.Fatalf("got %+v, want one outcome", got)
	}
	for _, addr := range got.addrs {
		if !addr.IsValid() || addr.Is4In6() {
			t.Fatalf("got the address %v", addr)
		}
	}
}

// TestQuestionIsUnguessable: ids and capitals differ from question to question,
// and the capitals spell the same name.
func TestQuestionIsUnguessable(t *testing.T) {
	const name dnswire.Name = "abcdefghijklmnop.qrstuvwxyz.test."
	ids, spellings := map[uint16]bool{}, map[string]bool{}
	for range 100 {
		q := newQuestion(name, dns.TypeA)
		ids[q.id], spellings[q.sent] = true, true
		if again, err := dnswire.ParseName(q.sent); err != nil || again != name {
			t.Fatalf("got %q, %v, want a spelling of %q", q.sent, err, name)
		}
	}
	if len(ids) < 90 || len(spellings) < 99 {
		t.Errorf("got %d ids and %d spellings of 100, want nearly all different", len(ids), len(spellings))
	}
}
