package drill

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

func exampleSpec() Spec {
	return Spec{
		ID: "west-2026-03", Location: "westus2", Mode: Drain, For: 10 * time.Minute, Reason: "quarterly drill", By: "ops",
		Hypothesis: Hypothesis{MaxErrorRate: ptr(0.001), MaxErrors: ptr(uint64(10)), MaxShiftSeconds: ptr(60.0), MaxP99Millis: ptr(500.0)},
		Signals: Signals{
			Block: []Signal{{Name: "change-freeze", URL: "https://ops.example.com/ok", Status: 204}},
			Abort: []Signal{{Name: "errors", Metric: "rate(errors)", Op: "<=", Threshold: 0.01, Every: time.Second, Failures: 2}},
		},
	}
}

func TestSpecTravels(t *testing.T) {
	want := exampleSpec()
	data, err := want.Encode()
	if err != nil {
		t.Fatalf("got %v, want a valid spec", err)
	}
	got, err := DecodeSpec(data)
	if err != nil {
		t.Fatalf("got %v, want the spec back", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the spec changed on its way (-want +got):\n%s", diff)
	}
}

func TestSpecNamesEveryProblem(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*Spec)
		want []string // one of each problem, in order
	}{
		{"nothing", func(s *Spec) { *s = Spec{} }, []string{`id: ""`, `location: ""`, `mode: ""`, "for: 0s is outside of 1s .. 24h0m0s"}},
		{"id", func(s *Spec) { s.ID = "West 1" }, []string{`id: "West 1"`}},
		{"location's display name", func(s *Spec) { s.Location = "West US 2" }, []string{`location: "West US 2"`}},
		{"too long", func(s *Spec) { s.For = 25 * time.Hour }, []string{"for: 25h0m0s"}},
		{"share", func(s *Spec) { s.Share = 1.5 }, []string{"share: 1.5 is outside of 0 .. 1"}},
		{"reason of two lines", func(s *Spec) { s.Reason = "a\nb" }, []string{"reason: \"a\\nb\" has control characters"}},
		{"reason that turns the line round", func(s *Spec) { s.Reason = "a\u202eb" }, []string{"reason:"}},
		{"reason is long", func(s *Spec) { s.Reason = strings.Repeat("x", 1025) }, []string{"reason: 1025 bytes, at most 1024"}},
		{"rate", func(s *Spec) { s.Hypothesis.MaxErrorRate = ptr(2.0) }, []string{"hypothesis.maxErrorRate: 2 is outside of 0 .. 1"}},
		{"neither url nor metric", func(s *Spec) { s.Signals.Abort = []Signal{{Name: "x"}} }, []string{"signals.abort[0]: one of url and metric"}},
		{"password", func(s *Spec) { s.Signals.Block[0].URL = "http://a:b@c/" }, []string{"signals.block[0].url:"}},
		{"file", func(s *Spec) { s.Signals.Block[0].URL = "file:///etc/passwd" }, []string{"signals.block[0].url:"}},
		{"status", func(s *Spec) { s.Signals.Block[0].Status = 600 }, []string{"signals.block[0].status: 600"}},
		{"no op", func(s *Spec) { s.Signals.Abort[0].Op = "" }, []string{`signals.abort[0].op: "", want one of`}},
		{"too often", func(s *Spec) { s.Signals.Abort[0].Every = time.Millisecond }, []string{"signals.abort[0].every: 1ms is outside of 100ms .. 5m0s"}},
		{"failures", func(s *Spec) { s.Signals.Abort[0].Failures = -1 }, []string{"signals.abort[0].failures: -1"}},
		{"twice", func(s *Spec) { s.Signals.Abort = append(s.Signals.Abort, s.Signals.Abort[0]) }, []string{`signals.abort[1].name: "errors" is there twice`}},
		{"many", func(s *Spec) { s.Signals.Block = make([]Signal, 17) }, []string{"signals.block: 17 signals, at most 16"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := exampleSpec()
			c.with(&s)
			err := s.Validate()
			if err == nil {
				t.Fatalf("got no problem, want %q", c.want)
			}
			lines := strings.Split(err.Error(), "\n")
			for i, want := range c.want {
				if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
					t.Errorf("got %q, want line %d to begin with %q", lines, i, want)
				}
			}
		})
	}
}

func TestSpecSize(t *testing.T) {
	s := exampleSpec()
	s.Signals.Abort = nil
	for i := range maxSignals {
		s.Signals.Abort = append(s.Signals.Abort, Signal{Name: "s" + string(rune('a'+i)), Metric: strings.Repeat("<", maxQuery), Op: "<=", Threshold: 1})
	}
	if _, err := s.Encode(); err == nil || !strings.Contains(err.Error(), "at most 16384") {
		t.Errorf("got %v, want a refusal of more than 16 KiB", err)
	}
	if _, err := DecodeSpec(make([]byte, MaxSpec+1)); err == nil {
		t.Errorf("got no error, want a refusal before it is read")
	}
}

func TestSignalBounds(t *testing.T) {
	for _, c := range []struct {
		signal Signal
		value  float64
		want   bool
	}{
		{Signal{Op: "<", Threshold: 1}, 1, false},
		{Signal{Op: "<", Threshold: 1}, .5, true},
		{Signal{Op: "<=", Threshold: 1}, 1, true},
		{Signal{Op: "<=", Threshold: 1}, 1.01, false},
		{Signal{Op: ">", Threshold: 1}, 1, false},
		{Signal{Op: ">", Threshold: 1}, 2, true},
		{Signal{Op: ">=", Threshold: 1}, 1, true},
		{Signal{Op: ">=", Threshold: 1}, .99, false},
		{Signal{Op: "==", Threshold: 1}, 1, true},
		{Signal{Op: "==", Threshold: 1}, 2, false},
		{Signal{Op: "!=", Threshold: 1}, 1, false},
		{Signal{Op: "!=", Threshold: 1}, 2, true},
		{Signal{Op: "!=", Threshold: 1}, nan(), false},
	} {
		if got := c.signal.green(c.value); got != c.want {
			t.Errorf("%s of %v: got green %v, want %v", c.signal.wanted(), c.value, got, c.want)
		}
	}
}

func nan() float64 { return value(nil) }

func FuzzSpec(f *testing.F) {
	data, err := exampleSpec().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(data))
	f.Add([]byte(`{"id":"x","location":"a","mode":"loss","for":1000000000,"reason":"r","share":-0}`))
	f.Add([]byte(`{"signals":{"abort":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := DecodeSpec(data)
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil {
			// What escapes to more than the limit is the only valid spec that
			// cannot be written.
			if !strings.Contains(err.Error(), "at most 16384") {
				t.Fatalf("got %v, want what was read to be written", err)
			}
			return
		}
		back, err := DecodeSpec(again)
		if err != nil {
			t.Fatalf("got %v, want what was written to be read", err)
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Errorf("the spec changed on its way:\n%s", diff)
		}
	})
}
