package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"meridian/admin/api"
)

// reloadPatience is how long a changed file may take to be noticed. Nothing is
// promised: the primary waits for editors that write in pieces, compares the
// answers of all client groups, and has every node compile the plan first.
const reloadPatience = 20 * time.Second

// edit takes Japan East out of the service document, and puts it back.
func (t *tour) edit(ctx context.Context) error {
	old, err := os.ReadFile(t.docs.service)
	if err != nil {
		return err
	}
	place := t.sites[2].place
	on := []byte("- name: " + place.Display + "\n    disableGateway: false")
	off := bytes.Replace(on, []byte("false"), []byte("true"), 1)
	if !bytes.Contains(old, on) {
		return fmt.Errorf("%s does not say %q", t.docs.service, on)
	}
	if err := t.replace(ctx, place, bytes.Replace(old, on, off, 1), "disableGateway: true"); err != nil {
		return err
	}
	return t.replace(ctx, place, old, "disableGateway: false")
}

// replace writes the service document and watches the clients of a location.
func (t *tour) replace(ctx context.Context, p place, document []byte, what string) error {
	watches, err := watchesOf(t.sites, t.livingAt(p.Addr))
	defer closeWatches(watches)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := replaceFile(t.docs.service, document); err != nil {
		return err
	}
	if err := runAll(ctx, watches, start.Add(reloadPatience), func(s *site) known {
		return func(ctx context.Context) (*api.Incident, error) { return s.planChange(ctx, start) }
	}); err != nil {
		return err
	}
	say(t.out, "  %s: %s written at %s", p.Display, what, clock(start))
	for _, w := range watches {
		t.tellReload(w, start)
	}
	return t.tellDifference(ctx, start)
}

// planChange is the change of the plan since an instant, as a watch wants it.
func (s *site) planChange(ctx context.Context, since time.Time) (*api.Incident, error) {
	e, err := s.lastEvent(ctx, since, "plan_changed")
	if err != nil || e == nil {
		return nil, err
	}
	return &api.Incident{Verdict: e.At}, nil
}

func (t *tour) tellReload(w *watch, start time.Time) {
	s := &w.seen
	if s.changed.IsZero() || len(s.after) == 0 {
		t.fault(fmt.Errorf("%s follows its service document: no answer changed", s.server.Display))
		return
	}
	took := s.changed.Sub(start)
	say(t.out, "    %-12s first changed answer after %.0f ms: %s now gets %s", s.server.Display, float64(took.Microseconds())/1000, w.clients[0].Country, at(s.after[0]))
}

// tellDifference writes what the primary said the new document changes.
func (t *tour) tellDifference(ctx context.Context, since time.Time) error {
	e, err := t.sites[0].lastEvent(ctx, since, "plan_changed")
	if err != nil {
		return err
	}
	if e == nil {
		t.fault(fmt.Errorf("a reload is told: %s did not", t.sites[0].Display))
		return nil
	}
	say(t.out, "    difference: %s", e.Text)
	return nil
}

// spoil writes a document that is wrong, waits until it is refused, and puts
// the right one back.
func (t *tour) spoil(ctx context.Context) error {
	old, err := os.ReadFile(t.docs.service)
	if err != nil {
		return err
	}
	start, before := time.Now(), t.traffic.tally.counts()
	if err := replaceFile(t.docs.service, append(bytes.Clone(old), "ttl: soon\n"...)); err != nil {
		return err
	}
	refused, err := t.sites[0].refusal(ctx, start)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		t.fault(fmt.Errorf("%s refuses a wrong document: %w", t.sites[0].Display, err))
	} else {
		say(t.out, "  %s", refused)
	}
	say(t.out, "  meanwhile: %s", t.traffic.tally.counts().less(before))
	return replaceFile(t.docs.service, old)
}

// refusal waits until a node refuses a document and returns what it says.
func (s *site) refusal(ctx context.Context, since time.Time) (text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, reloadPatience)
	defer cancel()
	err = until(ctx, 20*time.Millisecond, func() (bool, error) {
		e, err := s.lastEvent(ctx, since, "plan_rejected")
		if e != nil {
			text = e.Text
		}
		return e != nil, err
	})
	return text, err
}
