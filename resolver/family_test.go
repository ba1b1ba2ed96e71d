package resolver

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestFamilyLaws draws histories of results and checks after each what must
// always hold.
func TestFamilyLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rules{
			minTTL: 5 * time.Second, maxTTL: time.Hour,
			staleFor: rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour}).Draw(t, "staleFor"),
			interval: rapid.SampledFrom([]time.Duration{0, 2 * time.Minute}).Draw(t, "interval"),
		}
		now := time.Unix(1_800_000_000, 0)
		var f family
		denied := 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			got := drawResult(t)
			before := f
			f.apply(now, got, rapid.Float64Range(0, 0.999).Draw(t, "chance"), rules)
			denied = nextDenied(denied, got)
			if wait := f.due.Sub(now); wait < time.Second || wait > max(rules.maxTTL, rules.interval) {
				t.Fatalf("asked again after %s, want 1s .. %s", wait, rules.maxTTL)
			}
			addrs, stale, err := f.view(now, rules)
			switch {
			case got.err == nil && (stale || err != nil || len(addrs) != len(f.addrs)):
				t.Fatalf("a positive answer gave %v, %v, %v", addrs, stale, err)
			case got.err != nil && len(addrs) == 0 && err == nil:
				t.Fatalf("no addresses and no reason after %v", got.err)
			case len(before.addrs) > 0 && len(f.addrs) == 0 && denied < confirmations && before.stale(now) < rules.staleFor:
				t.Fatalf("addresses taken away after %d denials", denied)
			case len(addrs) > 0 && f.stale(now) > rules.staleFor:
				t.Fatalf("addresses stale for %s are used, want at most %s", f.stale(now), rules.staleFor)
			case len(addrs) > MaxAddrs || !slices.IsSortedFunc(addrs, netip.Addr.Compare):
				t.Fatalf("got %v, want at most %d addresses, sorted", addrs, MaxAddrs)
			}
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "pause")))
		}
	})
}

func drawResult(t *rapid.T) result {
	kind := rapid.SampledFrom([]Kind{0, 0, NXDomain, NoData, ServFail, Timeout}).Draw(t, "kind")
	got := result{ttl: time.Duration(rapid.Int64Range(0, 1<<31-1).Draw(t, "ttl")) * time.Second, known: rapid.Bool().Draw(t, "known")}
	if kind != 0 {
		got.err = &Error{Kind: kind}
		return got
	}
	got.known = true
	for range rapid.IntRange(1, 100).Draw(t, "count") {
		got.addrs = append(got.addrs, netip.AddrFrom4([4]byte{10, 0, rapid.Byte().Draw(t, "b"), rapid.Byte().Draw(t, "c")}))
	}
	return got
}

// nextDenied counts negative answers since the last positive one, failures left
// out.
func nextDenied(denied int, got result) int {
	switch {
	case got.err == nil:
		return 0
	case got.err.Kind.Definite():
		return denied + 1
	}
	return denied
}

func TestKindNames(t *testing.T) {
	seen := map[string]bool{}
	for kind := NXDomain; kind <= Canceled; kind++ {
		if seen[kind.String()] || seen[kind.Error()] || kind.String() == "" || kind.Error() == "" {
			t.Errorf("kind %d: got %q and %q, want names of its own", uint8(kind), kind, kind.Error())
		}
		seen[kind.String()], seen[kind.Error()] = true, true
	}
	if got := Kind(200).Error(); got != "Kind(200)" {
		t.Errorf("got %q, want Kind(200)", got)
	}
}
