package breaker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// entryOf draws what a row can carry whole.
func entryOf(t *rapid.T, name string, now time.Time) Entry {
	text := rapid.StringMatching(`[a-z é%]{0,30}`)
	some := func(what string, sign int64) time.Time {
		ms := rapid.Int64Range(-1, int64(maxTime/time.Millisecond)).Draw(t, what)
		if ms < 0 {
			return time.Time{}
		}
		return now.Add(time.Duration(sign*ms) * time.Millisecond)
	}
	e := Entry{Backend: name, Disabled: rapid.Bool().Draw(t, "disabled")}
	e.State = State(rapid.IntRange(int(Closed), int(ForcedClosed)).Draw(t, "state")) //nolint:gosec // within
	e.Share = share(e.State)
	e.Since, e.Until = some("since", -1), some("until", 1)
	e.Failures, e.Attempts = rapid.IntRange(0, 1e6).Draw(t, "failures"), rapid.IntRange(0, 1e9).Draw(t, "attempts")
	e.Cause = text.Draw(t, "cause")
	if at := some("failed", -1); !at.IsZero() {
		e.LastError = Failure{
			At: at, Status: rapid.IntRange(0, 999).Draw(t, "status"),
			Reason: Reason(rapid.IntRange(0, 3).Draw(t, "reason")), Detail: text.Draw(t, "detail"), //nolint:gosec // within
		}
	}
	return e
}

// TestRowLaws: what is encoded comes back, the clocks of the two ends apart; who
// is calm is not told; what has no room is counted, and is what matters least.
func TestRowLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here, there := time.Unix(1_700_000_000, 0), time.Unix(1_900_000_000, 0)
		var entries, told []Entry
		for i := range rapid.IntRange(0, 40).Draw(t, "entries") {
			e := entryOf(t, fmt.Sprint("b", i), here)
			entries = append(entries, e)
			if !e.Calm() {
				told = append(told, e)
			}
		}
		limit := rapid.IntRange(200, MaxRow).Draw(t, "limit")
		b := EncodeRow(entries, limit, here)
		if len(b) > limit {
			t.Fatalf("%d bytes: want at most %d", len(b), limit)
		}
		got, err := DecodeRow(b, there)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Entries)+got.Omitted != len(told) {
			t.Fatalf("%d told and %d left out of %d", len(got.Entries), got.Omitted, len(told))
		}
		if limit == MaxRow && got.Omitted > 0 {
			t.Fatalf("%d left out of %d that have room", got.Omitted, len(told))
		}
		want := sorted(told)[:len(got.Entries)]
		for i := range want {
			for _, at := range []*time.Time{&want[i].Since, &want[i].Until, &want[i].LastError.At} {
				if !at.IsZero() {
					*at = at.Add(there.Sub(here))
				}
			}
		}
		if diff := cmp.Diff(want, slices.Clip(got.Entries), cmp.Transformer("ends", func(s []Entry) []Entry { return append([]Entry{}, s...) })); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// TestRowIsBounded: a thousand open breakers are a row of the usual size, which
// keeps what is open before what is off by an operator's word.
func TestRowIsBounded(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	var entries []Entry
	for i := range 1000 {
		e := Entry{Backend: fmt.Sprintf("backend-%03d", i), Disabled: i%2 == 0}
		if !e.Disabled {
			e.State, e.Cause = Open, strings.Repeat("é", 100)
		}
		entries = append(entries, e)
	}
	b := EncodeRow(entries, MaxRow, now)
	r, err := DecodeRow(b, now)
	if err != nil || len(b) > MaxRow || len(b) < MaxRow-200 || len(r.Entries)+r.Omitted != 1000 {
		t.Fatalf("got %d bytes, %d entries, %d left out, %v", len(b), len(r.Entries), r.Omitted, err)
	}
	for _, e := range r.Entries {
		if e.State != Open || e.Cause != strings.Repeat("é", 48) {
			t.Fatalf("got %+v before all that are open", e)
		}
	}
}

// malformed are rows that are refused, by what is wrong with them.
func malformed() map[string][]byte {
	now := time.Unix(1_700_000_000, 0)
	e := Entry{Backend: "test2", Status: Status{State: Open, Since: now, Cause: "3 failures", LastError: Failure{At: now, Status: 503}}}
	good := EncodeRow([]Entry{e}, MaxRow, now)
	return map[string][]byte{
		"empty": {}, "version-two": append([]byte{2}, good[1:]...), "cut-in-count": good[:1],
		"cut-in-name": good[:5], "cut-in-entry": good[:len(good)-1], "trailing-octet": append(slices.Clone(good), 9),
		"name-empty": append(slices.Clone(good[:2]), 0, 1, 0, 0, 0, 0, 0), "state-unknown": append(slices.Clone(good[:2]), 1, 'a', 7, 0, 0, 0, 0, 0),
		"number-too-big": append([]byte{1}, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1),
	}
}

func TestMalformedRows(t *testing.T) {
	for name, b := range malformed() {
		if r, err := DecodeRow(b, time.Now()); !errors.Is(err, ErrRowFormat) {
			t.Errorf("%s: got %+v, %v, want a refusal", name, r, err)
		}
		path := filepath.Join("testdata", "fuzz", "FuzzDecodeRow", name)
		want := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", b)
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", path, got, err, want)
		}
	}
	if _, err := DecodeRow(make([]byte, MaxRow+1), time.Now()); !errors.Is(err, ErrRowFormat) {
		t.Errorf("too long: got %v", err)
	}
}

// FuzzDecodeRow: whatever comes in is refused, or comes back when it is encoded
// again.
func FuzzDecodeRow(f *testing.F) {
	now := time.Unix(1_700_000_000, 0)
	f.Add(EncodeRow([]Entry{{Backend: "a", Disabled: true}, {Backend: "b", Status: Status{State: HalfOpen, Since: now, Until: now.Add(time.Hour)}}}, MaxRow, now))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRow(b, now)
		if err != nil {
			return
		}
		if len(r.Entries) > MaxRow {
			t.Fatalf("%d entries of %d bytes", len(r.Entries), len(b))
		}
		again, err := DecodeRow(EncodeRow(r.Entries, MaxRow, now), now)
		if err != nil {
			t.Fatalf("encoded again: %v", err)
		}
		if again.Omitted > 0 && len(b) < MaxRow/2 {
			t.Errorf("%d left out of a row of %d bytes", again.Omitted, len(b))
		}
	})
}
