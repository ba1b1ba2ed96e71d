package routing

import (
	"fmt"
	"strings"
	"testing"
)

// TestRecords is the matrix of azure.md §1.8: which questions a profile
// answers, and with what.
func TestRecords(t *testing.T) {
	const children = "profile names Priority\n n www.example.\nprofile v4 Priority\n a 192.0.2.1\nprofile both MultiValue\n a 192.0.2.1\n b 2001:db8::1\nprofile empty Priority\n"
	tests := []struct {
		row, profile, state string
		answers             Answers
		set                 string // name and addresses of the answer to an A question
	}{
		{"§1.8 column 1: a name: CNAME for every type", "Priority\n a www.example.", "", Answers{CNAME: true}, "www.example."},
		{"§1.8 column 2: IPv4: A; AAAA and CNAME are NODATA", "Priority\n a 192.0.2.1", "", Answers{IPv4: true}, "192.0.2.1"},
		{"§1.8 column 3: IPv6: AAAA; A and CNAME are NODATA", "Priority\n a 2001:db8::1", "", Answers{IPv6: true}, "2001:db8::1"},
		{"§1.8 MultiValue: A and AAAA side by side", "MultiValue\n a 192.0.2.1\n b 2001:db8::1", "", Answers{IPv4: true, IPv6: true}, "192.0.2.1"},
		{"§1.8 MultiValue: IPv4 only", "MultiValue\n a 192.0.2.1\n b 192.0.2.2", "", Answers{IPv4: true}, "192.0.2.1 192.0.2.2"},
		{"§1.8 MultiValue: a Disabled family is gone", "MultiValue\n a 192.0.2.1\n b 2001:db8::1", "p/b=off", Answers{IPv4: true}, "192.0.2.1"},
		{"§1.8 MultiValue: an unhealthy family is not", "MultiValue\n a 192.0.2.1\n b 2001:db8::1", "p/b=down", Answers{IPv4: true, IPv6: true}, "192.0.2.1"},
		{"§1.8 nested: a child of names", "Weighted\n a >names", "", Answers{CNAME: true}, "www.example."},
		{"§1.8 nested: names, an empty child first", "Priority\n e >empty\n a www.example.", "", Answers{CNAME: true}, "www.example."},
		{"§1.8 nested: a child of addresses", "Weighted\n a >v4", "", Answers{IPv4: true}, "192.0.2.1"},
		{"§1.8 nested: a MultiValue child has both", "Weighted\n a >both", "", Answers{IPv4: true, IPv6: true}, "192.0.2.1"},
		{"DESIGN §6: a family not every endpoint has is NODATA", "Priority\n a >both\n b 192.0.2.7", "", Answers{IPv4: true}, "192.0.2.1"},
		{"DESIGN §6: counted over enabled endpoints, not over those chosen or up", "Priority\n a >both\n b 192.0.2.7", "p/b=down", Answers{IPv4: true}, "192.0.2.1"},
		{"DESIGN §6: a Disabled endpoint does not hold a family back", "Priority\n a >both\n b 192.0.2.7", "p/b=off", Answers{IPv4: true, IPv6: true}, "192.0.2.1"},
		{"DESIGN §6: partialFamilies opts out", "Priority partial\n a 192.0.2.1\n b 2001:db8::1", "", Answers{IPv4: true, IPv6: true}, "192.0.2.1"},
		{"DESIGN §6: a location has the families of its gateways", "Priority\n a @eu", "", Answers{IPv4: true}, "203.0.113.1"},
		{"DESIGN §6: one gateway of a location", "Priority\n a @eu/node1", "", Answers{IPv4: true}, "203.0.113.1"},
		{"DESIGN §6 flatten: addresses for a name", "Priority flatten\n a www.example.", "flattened", Answers{IPv4: true, IPv6: true}, "198.51.100.1 198.51.100.2 2001:db8::9"},
		{"DESIGN §6 flatten: names and addresses may mix", "Priority flatten\n a www.example.\n b 192.0.2.1", "flattened p/a=down", Answers{IPv4: true}, "192.0.2.1"},
		{"§1.6 all Disabled: nothing", "Priority\n a 192.0.2.1", "p/a=off", Answers{}, "-"},
		{"DESIGN §6: a name is a name although Disabled", "Priority\n a www.example.", "p/a=off", Answers{CNAME: true}, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			b := newBed(t, "profile p "+tt.profile+"\n"+children)
			state, flat := strings.CutPrefix(tt.state, "flattened")
			if flat {
				for _, a := range []string{"198.51.100.1", "2001:db8::9", "198.51.100.2"} {
					e := &b.st.Endpoints[b.endpointID("p", "a")]
					e.Addrs = append(e.Addrs, client(t, a, 0).Addr)
				}
			}
			snap := b.set(state).publish()
			if got := snap.Answers(0); got != tt.answers {
				t.Errorf("answers: got %+v, want %+v", got, tt.answers)
			}
			o := spelled(snap, &Query{Client: client(t, "de", 0)})
			got := strings.TrimSpace(o.CNAME + " " + strings.Join(o.Addresses, " "))
			if got == "" {
				got = "-"
			}
			if got != tt.set && tt.set != reversed(got) {
				t.Errorf("set: got %q, want %q", got, tt.set)
			}
		})
	}
}

// reversed swaps two words: a ring may start with either.
func reversed(s string) string {
	a, b, ok := strings.Cut(s, " ")
	if !ok {
		return s
	}
	return b + " " + a
}

// TestMultiValueFamilies: an answer holds addresses of the family asked only;
// for a family that is not there, Answers turns the question away.
func TestMultiValueFamilies(t *testing.T) {
	b := newBed(t, "profile p MultiValue return=10\n a 192.0.2.1\n b 2001:db8::1\n c 192.0.2.2\nprofile one MultiValue\n a 192.0.2.1")
	snap := b.publish()
	for _, tt := range []struct {
		profile string
		family  Family
		want    string
	}{
		{"p", IPv4, "192.0.2.1 192.0.2.2"}, {"p", IPv6, "2001:db8::1"}, {"one", IPv4, "192.0.2.1"}, {"one", IPv6, "192.0.2.1"},
	} {
		o := spelled(snap, &Query{Profile: b.profileID(tt.profile), Family: tt.family})
		got := strings.Join(o.Addresses, " ")
		if got != tt.want && reversed(got) != tt.want {
			t.Errorf("§1.8 MultiValue %s, family %d: got %q, want %q", tt.profile, tt.family, got, tt.want)
		}
	}
	if got, want := snap.Answers(b.profileID("one")), (Answers{IPv4: true}); got != want {
		t.Errorf("§1.8 MultiValue without IPv6: got %+v, want %+v", got, want)
	}
}

// TestFlattenedLimit: a flattened name with many addresses answers eight of
// each family, the first ones.
func TestFlattenedLimit(t *testing.T) {
	b := newBed(t, "profile p Priority flatten\n a www.example.")
	for i := range 20 {
		b.st.Endpoints[0].Addrs = append(b.st.Endpoints[0].Addrs,
			client(t, fmt.Sprintf("198.51.100.%d", i), 0).Addr, client(t, fmt.Sprintf("2001:db8::%x", i), 0).Addr)
	}
	var d Decision
	snap := b.publish()
	snap.Decide(&Query{}, &d)
	set := snap.Set(d.Set)
	if len(set.IPv4) != MaxAnswer || len(set.IPv6) != MaxAnswer || set.IPv4[0].String() != "198.51.100.0" || set.IPv6[7].String() != "2001:db8::7" {
		t.Errorf("got %+v, want the first %d addresses of each family", set, MaxAnswer)
	}
}
