package routing

import "testing"

// TestEndpointStatus is the table of azure.md §1.5: an endpoint's status, and
// whether it is in DNS while another endpoint is available, and alone.
func TestEndpointStatus(t *testing.T) {
	const plan = `
profile p Priority
  x 192.0.2.1
  y 192.0.2.2
profile always Priority
  x 192.0.2.1 always
  y 192.0.2.2
profile flat Priority flatten
  x www.example.
  y 192.0.2.2
profile nest Priority
  x >child
  y 192.0.2.2
profile child Priority
  c 192.0.2.3
profile region Priority
  x @eu
  y 192.0.2.2
`
	tests := []struct {
		row, profile, state string
		status              Status
		tier                Tier
		first, alone        string // who answers with y on, and with y off
	}{
		{"§1.5 row 1: profile Disabled: an enabled endpoint is Inactive, not in DNS", "p", "p=off", Inactive, TierOff, "- off", "- off"},
		{"§1.5 row 1: whatever its health", "p", "p=off p/x=down", Inactive, TierOff, "- off", "- off"},
		{"§1.5 row 2: endpoint Disabled: Disabled, not in DNS", "p", "p/x=off", Disabled, TierOff, "y available", "- off"},
		{"§1.5 row 2: Disabled in a Disabled profile stays Disabled", "p", "p=off p/x=off", Disabled, TierOff, "- off", "- off"},
		{"§1.5 row 3: no verdict yet: CheckingEndpoint, in DNS", "p", "p/x=unchecked", CheckingEndpoint, TierAvailable, "x available", "x available"},
		{"§1.5 row 4: probe ok: Online, in DNS", "p", "p/x=up", Online, TierAvailable, "x available", "x available"},
		{"§1.5 row 5: Degraded: in DNS only if every eligible endpoint is", "p", "p/x=down", Degraded, TierDegraded, "y available", "x fail_open"},
		{"§1.5 row 6: child Disabled: Stopped, not in DNS", "nest", "child=off", Stopped, TierOff, "y available", "- off"},
		{"§1.5 row 6: child Inactive: Stopped, not in DNS", "nest", "child/c=off", Stopped, TierOff, "y available", "- off"},
		{"§1.5 row 6: no address to answer (flattened name without any): Stopped", "flat", "flat/x=up", Stopped, TierOff, "y available", "- no_address"},
		{"§1.5 row 7: alwaysServe: Unmonitored, in DNS whatever probes say", "always", "always/x=down", Unmonitored, TierAvailable, "x available", "x available"},
		{"§1.5 row 7: alwaysServe before any verdict", "always", "always/x=unchecked", Unmonitored, TierAvailable, "x available", "x available"},
		{"§1.5 rows 2, 7: alwaysServe does not outrank Disabled", "always", "always/x=off", Disabled, TierOff, "y available", "- off"},
		{"§1.5 rows 1, 7: alwaysServe does not outrank a Disabled profile", "always", "always=off", Inactive, TierOff, "- off", "- off"},
		{"ROUTING Tiers: disableGateway counts as Disabled, not as Stopped", "region", "@eu=off", Disabled, TierOff, "y available", "- off"},
		{"ROUTING Tiers: a drill counts as Disabled, and yields", "region", "@eu=drill", Disabled, TierDrill, "y available", "EU drill"},
		{"ROUTING Tiers: Degraded and in a drill is tier 1", "region", "@eu=drill,down", Disabled, TierDegraded, "y available", "EU fail_open"},
	}
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			b := newBed(t, plan).set(tt.state)
			snap, x := b.publish(), b.endpointID(tt.profile, "x")
			if got := snap.EndpointStatus(x); got != tt.status {
				t.Errorf("status: got %v, want %v", got, tt.status)
			}
			if got := snap.EndpointTier(x); got != tt.tier {
				t.Errorf("tier: got %v, want %v", got, tt.tier)
			}
			if got := b.ask(tt.profile, "de"); got != tt.first {
				t.Errorf("with y on: got %q, want %q", got, tt.first)
			}
			if got := b.set(tt.profile+"/y=off").ask(tt.profile, "de"); got != tt.alone {
				t.Errorf("with y off: got %q, want %q", got, tt.alone)
			}
		})
	}
}

// TestProfileStatus is the first-match list of azure.md §1.5.
func TestProfileStatus(t *testing.T) {
	const plan = `
profile p Weighted
  a 192.0.2.1
  b 192.0.2.2
  c 192.0.2.3
  s 192.0.2.4 always
profile empty Weighted
`
	const noS = " p/s=off"
	tests := []struct {
		row, profile, state string
		want                Status
		text                string
	}{
		{"§1.5 match 1: profile Disabled", "p", "p=off", Disabled, "Disabled"},
		{"§1.5 match 1: before a Degraded endpoint", "p", "p=off p/a=down", Disabled, "Disabled"},
		{"§1.5 match 2: a single Degraded endpoint colours the profile", "p", "p/a=down", Degraded, "Degraded"},
		{"§1.5 match 2: before Online and checking", "p", "p/a=down p/b=unchecked" + noS, Degraded, "Degraded"},
		{"§1.5 match 2: a Degraded endpoint that is Disabled does not count", "p", "p/a=down,off" + noS, Online, "Online"},
		{"§1.5 match 3: any Online", "p", "p/a=unchecked p/b=off" + noS, Online, "Online"},
		{"§1.5 match 3: Unmonitored counts as Online", "p", "p/a=unchecked p/b=off p/c=off", Online, "Online"},
		{"§1.5 match 4: any checking, in the plural", "p", "p/a=unchecked p/b=off p/c=off" + noS, CheckingEndpoint, "CheckingEndpoints"},
		{"§1.5 match 5: else Inactive: all endpoints Disabled", "p", "p/a=off p/b=off p/c=off" + noS, Inactive, "Inactive"},
		{"§1.5 match 5: a profile without endpoints (azure.md §1.2)", "empty", "", Inactive, "Inactive"},
		{"§1.5 match 1: a Disabled profile without endpoints", "empty", "empty=off", Disabled, "Disabled"},
	}
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			b := newBed(t, plan).set(tt.state)
			got := b.publish().ProfileStatus(b.profileID(tt.profile))
			if got != tt.want || got.ProfileString() != tt.text {
				t.Errorf("got %v (%q), want %v (%q)", got, got.ProfileString(), tt.want, tt.text)
			}
		})
	}
}

// TestRecovery is azure.md §1.5: one verdict "up" puts an endpoint back, and
// its clients with it; so does one switch back on.
func TestRecovery(t *testing.T) {
	b := newBed(t, "profile p Priority\n a 192.0.2.1\n b 192.0.2.2")
	for _, step := range []struct{ row, state, want string }{
		{"§1.5 recovery: at first", "p/a=unchecked", "a available"},
		{"§1.5 recovery: down", "p/a=down", "b available"},
		{"§1.5 recovery: one success puts it back", "p/a=up", "a available"},
		{"§1.5 recovery: an operator takes it out", "p/a=off", "b available"},
		{"§1.5 row 3: re-enabled, no verdict yet", "p/a=on,unchecked", "a available"},
	} {
		if got := b.set(step.state).ask("p", "de"); got != step.want {
			t.Errorf("%s: got %q, want %q", step.row, got, step.want)
		}
	}
}
