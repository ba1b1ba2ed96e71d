package dnsserver

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/routing"
)

// TestAsk answers as the cases do, and counts nothing.
func TestAsk(t *testing.T) {
	world := newWorld(t)
	resolver := netip.MustParseAddr("203.0.113.53")
	for _, c := range []struct {
		question Question
		rcode    string
		answers  []ReplyRecord
		scope    uint8
		decided  bool
	}{
		{
			Question{Name: "contoso.gtm.test.", Type: typeA, Client: netip.MustParsePrefix("81.0.0.0/24")},
			"NOERROR",
			[]ReplyRecord{{"contoso.gtm.test.", "A", 30, "192.0.2.20"}},
			16, true,
		},
		{
			Question{Name: "contoso.gtm.test.", Type: typeA},
			"NOERROR",
			[]ReplyRecord{{"contoso.gtm.test.", "A", 30, "192.0.2.10"}},
			0, true,
		},
		{
			Question{Name: "alias.gtm.test.", Type: typeMX},
			"NOERROR",
			[]ReplyRecord{{"alias.gtm.test.", "CNAME", 60, "www.example.net."}},
			0, true,
		},
		{
			Question{Name: "mail.gtm.test.", Type: typeA},
			"NOERROR",
			[]ReplyRecord{{"mail.gtm.test.", "A", 300, "192.0.2.25"}},
			0, false,
		},
		{Question{Name: "off.gtm.test.", Type: typeA}, "NXDOMAIN", nil, 0, true},
		{Question{Name: "other.example.", Type: typeA}, "REFUSED", nil, 0, false},
	} {
		c.question.Resolver = resolver
		got, err := world.view.Ask(c.question)
		if err != nil {
			t.Fatal(err)
		}
		if got.Rcode != c.rcode || got.Scope != c.scope || got.Decided != c.decided {
			t.Errorf("%s: got %+v, want %s, scope %d, decided %v", c.question.Name, got, c.rcode, c.scope, c.decided)
		}
		if diff := cmp.Diff(c.answers, got.Answers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.question.Name, diff)
		}
		if id, ok := world.view.Lookup(c.question.Name); ok && got.Query.Profile != id {
			t.Errorf("%s: got profile %d, want %d", c.question.Name, got.Query.Profile, id)
		}
	}
	world.view.counts.walk(func(key answerKey, of shardCounter) {
		if n := world.view.counts.sum(of); n > 0 {
			t.Errorf("%v: counted %d times, want not at all", key, n)
		}
	})
	first, err := world.view.Ask(Question{Name: "api.gtm.test.", Type: typeA, Resolver: resolver, Draw: 7})
	if err != nil {
		t.Fatal(err)
	}
	again, err := world.view.Ask(Question{Name: "api.gtm.test.", Type: typeA, Resolver: resolver, Draw: 7})
	if err != nil || !cmp.Equal(first.Answers, again.Answers) || first.Query != (routing.Query{
		Profile: first.Query.Profile, Client: routing.Client{Addr: resolver}, Draw: again.Query.Draw,
	}) {
		t.Errorf("one draw, two answers: %+v, %+v, %v", first, again, err)
	}
}
