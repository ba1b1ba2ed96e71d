package leaktest_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"meridian/internal/leaktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaktest.Settled(m)) }

// tests are tests that leave a goroutine, and their exit code.
type tests struct {
	code int
	end  <-chan time.Time
}

func (s tests) Run() int {
	go func() { <-s.end }()
	return s.code
}

// TestSettled: who is slow to end is waited for, unless tests have failed.
func TestSettled(t *testing.T) {
	others := goleak.IgnoreCurrent()
	begun := time.Now()
	if code := leaktest.Settled(tests{1, time.After(2 * time.Second)}, others).Run(); code != 1 {
		t.Errorf("got exit code %d of failed tests, want 1", code)
	}
	if time.Since(begun) < 2*time.Second && goleak.Find(others) == nil {
		t.Error("nothing was left over")
	}
	if code := leaktest.Settled(tests{0, time.After(2 * time.Second)}, others).Run(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	if err := goleak.Find(others); err != nil {
		t.Errorf("not waited for: %v", err)
	}
}
