package dnswire

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

// TestAppendedRecordsDecode builds a message of every helper and has miekg/dns
// read it.
func TestAppendedRecordsDecode(t *testing.T) {
	query := new(dns.Msg).SetQuestion("api.gtm.test.", dns.TypeA)
	query.Response = true
	msg, err := query.Pack()
	if err != nil {
		t.Fatal(err)
	}
	mx, err := dns.NewRR("api.gtm.test. 60 IN MX 10 mail.gtm.test.")
	if err != nil {
		t.Fatal(err)
	}
	rdata, err := RData(mx)
	if err != nil {
		t.Fatal(err)
	}
	msg = AppendAddr(msg, QuestionPointer, 30, netip.MustParseAddr("192.0.2.1"))
	msg = AppendAddr(msg, QuestionPointer, 31, netip.MustParseAddr("2001:db8::1"))
	msg = AppendCNAME(msg, QuestionPointer, 32, `we\.ird.example.`)
	msg = AppendRecord(msg, QuestionPointer, dns.TypeMX, 60, rdata)
	msg[7] = 4 // ANCOUNT
	var got dns.Msg
	if err := got.Unpack(msg); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"api.gtm.test.\t30\tIN\tA\t192.0.2.1",
		"api.gtm.test.\t31\tIN\tAAAA\t2001:db8::1",
		"api.gtm.test.\t32\tIN\tCNAME\twe\\.ird.example.",
		"api.gtm.test.\t60\tIN\tMX\t10 mail.gtm.test.",
	}
	for i, rr := range got.Answer {
		if rr.String() != want[i] {
			t.Errorf("record %d: got %q, want %q", i, rr, want[i])
		}
	}
	if len(got.Answer) != len(want) {
		t.Errorf("got %d records, want %d", len(got.Answer), len(want))
	}
}

func TestRDataRefusesWhatCannotBePacked(t *testing.T) {
	if got, err := RData(&dns.CNAME{Hdr: dns.RR_Header{Name: "a.", Rrtype: dns.TypeCNAME}, Target: "x..y."}); err == nil {
		t.Errorf("got %x, want an error", got)
	}
}

func TestTypeNames(t *testing.T) {
	for text, want := range map[string]uint16{"A": 1, "aaaa": 28, "TYPE65280": 65280, "type1": 1, "HTTPS": 65} {
		if got, err := ParseType(text); got != want || err != nil {
			t.Errorf("ParseType(%q): got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "TYPE", "TYPE65536", "TYPE01", "TYPE1x", "nonsense", "None"} {
		if got, err := ParseType(text); err == nil {
			t.Errorf("ParseType(%q): got %d, want an error", text, got)
		}
	}
	if got := TypeName(65280); got != "TYPE65280" {
		t.Errorf("TypeName: got %q, want TYPE65280", got)
	}
}
