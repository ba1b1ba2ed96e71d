package leaktest

import (
	"time"

	"go.uber.org/goleak"
)

// patience is how long goroutines may take to end. One that is left over never
// does.
const patience = 10 * time.Second

// settled is tests whose goroutines have had time to end.
type settled struct {
	tests   goleak.TestingM
	options []goleak.Option
}

// Settled returns tests that, once they have passed, wait until no goroutine is
// left, for 10 s at most. The options are those that goleak.Find takes.
func Settled(m goleak.TestingM, options ...goleak.Option) goleak.TestingM {
	return settled{m, options}
}

// Run returns the exit code of the tests.
func (s settled) Run() int {
	code := s.tests.Run()
	for end := time.Now().Add(patience); code == 0 && time.Now().Before(end); {
		if goleak.Find(s.options...) == nil {
			break
		}
	}
	return code
}
