package resolver

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"meridian/dnswire"
)

// TestChangesAreLoggedInBounds: many names that change at once do not fill the
// log, and the log says how many it has not.
func TestChangesAreLoggedInBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		server := &switchable{answers: map[string]string{"": soa}}
		r := newFake(t, &fakeNet{serve: server.serve}, Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
		var names []dnswire.Name
		for i := range 500 {
			names = append(names, dnswire.Name(fmt.Sprintf("n%d.test.", i)))
		}
		w := watch(t, r, newDiary(), names...)
		synctest.Wait()
		if got := strings.Count(out.String(), "has no usable addresses"); got != mostLogged {
			t.Errorf("got %d lines of 500 names, want %d", got, mostLogged)
		}
		w.Close()
		after(2 * time.Minute)
		out.Reset()
		watch(t, r, newDiary(), "another.test.")
		synctest.Wait()
		if got := out.String(); !strings.Contains(got, "changes of names not logged") || !strings.Contains(got, "changes=440") || !strings.Contains(got, "another.test.") {
			t.Errorf("got %q, want the 440 that were not logged, and the next one", got)
		}
	})
}
