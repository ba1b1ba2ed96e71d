package healthprobe

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"meridian/routing"
)

// restart exports b's verdicts and imports them into a new Monitor.
func restart(t *testing.T, data []byte, age time.Duration, c Check, n int) *Monitor {
	t.Helper()
	m, err := New(Options{Node: "n1", Location: "l1", Prober: newFakeNet()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Import(data, age), m.SetTargets(targets(c, n))); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWarmStart(t *testing.T) {
	check := with(tcpCheck(10*time.Second, time.Second, 0), func(c *Check) {
		c.Failback = FailbackManual
		c.Headers = nil
	})
	run(t, Options{}, check, 2, func(b *bubble) {
		pass(time.Minute)
		b.set(ReasonRefused, "t1")
		pass(time.Minute)
		data := b.Export()
		m := restart(t, data, 10*time.Minute, check, 3)
		v := m.Verdicts()
		if v[0].Health != routing.Up || v[1].Health != routing.Down || v[2].Health != routing.Unchecked {
			t.Errorf("got %+v, want up, down and what is new unchecked", v)
		}
		if v[1].Reason != ReasonRefused || time.Since(v[1].First) < 10*time.Minute {
			t.Errorf("got %+v, want reason and time of the first failure kept", v[1])
		}
		row := m.Row()
		if row.Entries[1].Age >= 0 || row.Entries[1].Held != routing.Down {
			t.Errorf("got %+v, want what to hold, but no vote", row.Entries[1])
		}
		var c Council
		if _, err := c.Hear(time.Now(), row); err != nil {
			t.Fatal(err)
		}
		c.Rule(time.Now(), []routing.LocationName{"l1"}, true, []Subject{{Target: "t1", Interval: 10 * time.Second}})
		if got := c.Held("t1"); got != routing.Down {
			t.Errorf("a node alone: got %v, want what it held before", got)
		}
		if _, ok := m.watches["t1"].tracker.Observe(time.Now(), Result{At: time.Now(), Reason: ReasonOK}); ok {
			t.Error("manual failback was forgotten")
		}
		// A second restart without a probe in between does not make it younger.
		again := restart(t, m.Export(), 49*time.Minute+55*time.Second, check, 2)
		if got := again.Verdicts()[1].Health; got != routing.Unchecked {
			t.Errorf("after an hour in all: got %v want unchecked", got)
		}
		if got := restart(t, data, 2*time.Hour, check, 2).Verdicts()[1].Health; got != routing.Unchecked {
			t.Errorf("after two hours: got %v want unchecked", got)
		}
		moved := targets(check, 2)
		moved[1].Host = "elsewhere.example.com"
		if err := m.Import(data, 0); err != nil {
			t.Fatal(err)
		}
		other := restart(t, data, 0, check, 0)
		if err := other.SetTargets(moved); err != nil {
			t.Fatal(err)
		}
		if got := other.Verdicts()[1].Health; got != routing.Unchecked {
			t.Errorf("another place: got %v want unchecked", got)
		}
	})
}

// An import never overrules what this process has seen itself.
func TestImportAfterProbes(t *testing.T) {
	run(t, Options{}, tcpCheck(10*time.Second, time.Second, 0), 1, func(b *bubble) {
		b.set(ReasonRefused, "t0")
		pass(time.Minute)
		data := b.Export()
		b.set(ReasonOK, "t0")
		pass(time.Minute)
		if err := b.Import(data, 0); err != nil || b.health("t0") != "up" {
			t.Errorf("got %v, %s; want up", err, b.health("t0"))
		}
	})
}

func TestExportHoldsNoSecrets(t *testing.T) {
	check := Check{Protocol: HTTP, Port: 80, Path: "/?key=hush", Interval: time.Second, Timeout: time.Second, Headers: []Header{{"Authorization", "hush"}}}
	run(t, Options{}, check, 1, func(b *bubble) {
		pass(10 * time.Second)
		if data := string(b.Export()); strings.Contains(data, "hush") || !strings.Contains(data, "t0") {
			t.Errorf("got %s", data)
		}
	})
}

func TestBadExports(t *testing.T) {
	m := restart(t, []byte(`{"version":1,"targets":[{"id":"t0","place":"www.example.com invalid IP","health":"down","reason":"refused"}]}`), 0, tcpCheck(time.Second, time.Second, 0), 1)
	for name, data := range map[string]string{
		"empty":        "",
		"truncated":    `{"version":1,"targets":[{"id":"t0"`,
		"other":        `{"version":2}`,
		"bad health":   `{"version":1,"targets":[{"id":"t0","health":"sideways"}]}`,
		"unchecked":    `{"version":1,"targets":[{"id":"t0","health":"unchecked"}]}`,
		"negative age": `{"version":1,"targets":[{"id":"t0","health":"up","age":-1}]}`,
		"huge age":     `{"version":1,"targets":[{"id":"t0","health":"up","stood":9223372036854775807}]}`,
		"level":        `{"version":1,"targets":[{"id":"t0","health":"up","level":99}]}`,
	} {
		if err := m.Import([]byte(data), 0); !errors.Is(err, ErrBadExport) {
			t.Errorf("%s: got %v want %v", name, err, ErrBadExport)
		}
	}
	if got := m.Verdicts()[0].Health; got != routing.Down {
		t.Errorf("after bad imports: got %v, want the verdict left alone", got)
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(`{"version":1,"targets":[{"id":"t0","place":"www.example.com invalid IP","health":"down","reason":"refused","stood":5,"age":7,"level":3}]}`), int64(time.Minute))
	f.Add([]byte(`{"version":1,"targets":null}`), int64(-1))
	f.Add([]byte(`[]`), int64(0))
	f.Fuzz(func(t *testing.T, data []byte, age int64) {
		m, err := New(Options{Node: "n", Location: "l", Prober: newFakeNet()})
		if err != nil {
			t.Fatal(err)
		}
		if m.Import(data, time.Duration(age)) != nil {
			return
		}
		if err := m.SetTargets(targets(tcpCheck(time.Second, time.Second, 0), 1)); err != nil {
			t.Fatal(err)
		}
		v := m.Verdicts()[0]
		if v.Since.After(time.Now()) || v.First.After(time.Now()) || v.Level < 0 || v.Level > maxLevel {
			t.Fatalf("got %+v out of %q", v, data)
		}
		if e := m.Row(); e.Validate() != nil || e.Entries[0].Age >= 0 {
			t.Fatalf("got %+v: an import must not vote", e)
		}
	})
}

func TestSchedulePhases(t *testing.T) {
	now := epochStart()
	const interval, n = 10 * time.Second, 1000
	var buckets [10]int
	apart := 0
	for i := range n {
		a := newSchedule("n1", target(i), interval, now)
		b := newSchedule("n2", target(i), interval, now)
		later := newSchedule("n1", target(i), interval, now.Add(3*interval+1234*time.Millisecond))
		if got, want := later.slot.UnixNano()%int64(interval), a.slot.UnixNano()%int64(interval); got != want {
			t.Errorf("%s: got phase %d after a restart, want %d", target(i), got, want)
		}
		buckets[a.slot.Sub(now)/time.Second]++
		if d := a.slot.Sub(b.slot).Abs(); d > 100*time.Millisecond {
			apart++
		}
	}
	for i, got := range buckets {
		if got < 60 || got > 140 { // 100 expected, sigma 9.5
			t.Errorf("second %d: got %d of %d probes, want about 100", i, got, n)
		}
	}
	if apart < 950 {
		t.Errorf("got %d of %d targets at different times on two nodes, want nearly all", apart, n)
	}
}

func TestScheduleSkipsWhatIsOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(1, 60).Draw(t, "interval")) * time.Second
		now := epochStart().Add(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "start")))
		s := newSchedule("n", "t", interval, now)
		phase := s.slot.UnixNano() % int64(interval)
		last := time.Time{}
		for i := range 20 {
			at := s.next(now)
			switch {
			case at.Before(now):
				t.Fatalf("got %v, which is over at %v", at, now)
			case at.Sub(now) > interval+interval/2:
				t.Fatalf("got %v, more than one and a half intervals after %v", at, now)
			case i > 0 && at.UnixNano()%int64(interval) != phase:
				t.Fatalf("got %v off the grid", at)
			case i > 0 && at.Sub(last) < interval/2:
				t.Fatalf("got %v right after %v", at, last)
			}
			last = at
			now = at.Add(time.Duration(rapid.Int64Range(0, int64(3*interval)).Draw(t, "took")))
		}
	})
}
