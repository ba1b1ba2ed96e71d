package dnswire

import (
	"testing"

	"github.com/miekg/dns"
)

// TestRDataStandsAnywhere puts data behind a compressed owner and has miekg/dns
// read the message.
func TestRDataStandsAnywhere(t *testing.T) {
	for _, text := range []string{
		"api.gtm.test.\t60\tIN\tMX\t10 mail.gtm.test.",
		"api.gtm.test.\t60\tIN\tA\t192.0.2.1",
		"api.gtm.test.\t60\tIN\tCNAME\twe\\.ird.example.",
		"api.gtm.test.\t60\tIN\tTXT\t\"a\" \"b\"",
	} {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		rdata, err := RData(rr)
		if err != nil {
			t.Fatal(err)
		}
		msg, err := new(dns.Msg).SetQuestion("api.gtm.test.", rr.Header().Rrtype).Pack()
		if err != nil {
			t.Fatal(err)
		}
		msg[7] = 1 // ANCOUNT
		msg = append(msg, 0xC0, 12, 0, byte(rr.Header().Rrtype), 0, 1, 0, 0, 0, 60, 0, byte(len(rdata)))
		var got dns.Msg
		if err := got.Unpack(append(msg, rdata...)); err != nil || len(got.Answer) != 1 || got.Answer[0].String() != text {
			t.Errorf("got %v, %v, want %q", got.Answer, err, text)
		}
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
