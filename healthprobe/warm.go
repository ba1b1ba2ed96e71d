package healthprobe

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"meridian/routing"
)

// Limits of an export.
const (
	WarmLimit   = time.Hour // a verdict older than this at Import is forgotten
	maxWarm     = 32 << 20  // bytes
	warmVersion = 1
)

// ErrBadExport is returned for data no Export has made.
var ErrBadExport = errors.New("not an export of probe verdicts")

// warmFile is the exported form: verdicts, without results.
type warmFile struct {
	Version int          `json:"version"`
	Targets []warmTarget `json:"targets"`
}

type warmTarget struct {
	ID       TargetID      `json:"id"`
	Place    string        `json:"place"`
	Health   string        `json:"health"`
	Reason   Reason        `json:"reason"`
	Answered bool          `json:"answered,omitempty"`
	Stood    time.Duration `json:"stood"`           // how long the verdict stood, nanoseconds
	Age      time.Duration `json:"age"`             // since a probe confirmed it
	Down     time.Duration `json:"down,omitempty"`  // since the first failed probe
	BackFor  time.Duration `json:"back,omitempty"`  // since it last came back from down
	Level    int           `json:"level,omitempty"` // of hold-down
	Freed    bool          `json:"freed,omitempty"`
	Gone     time.Duration `json:"-"` // age of the file, added by Import
}

// Export returns the verdicts in a form that Import reads. It holds no header
// values and no other secrets.
func (m *Monitor) Export() []byte {
	now := time.Now()
	m.mu.Lock()
	file := warmFile{Version: warmVersion, Targets: make([]warmTarget, 0, len(m.watches))}
	for _, w := range m.watches {
		if w.tracker.proven {
			file.Targets = append(file.Targets, w.export(now))
		}
	}
	m.mu.Unlock()
	data, err := json.Marshal(file)
	if err != nil {
		return nil // unreachable: the form holds nothing that JSON cannot say
	}
	return data
}

func (w *watch) export(now time.Time) warmTarget {
	t := &w.tracker
	return warmTarget{
		ID: t.id, Place: w.target.place(), Health: t.health.String(), Reason: t.reason, Answered: t.told,
		Stood: now.Sub(t.since), Age: ago(now, w.known), Down: ago(now, t.down), BackFor: ago(now, t.wentUp),
		Level: t.level, Freed: t.freed,
	}
}

func ago(now, then time.Time) time.Duration {
	if then.IsZero() {
		return 0
	}
	return max(now.Sub(then), 1)
}

// Import adopts the verdicts of an export that is age old, for targets that are
// at the same place, now or when SetTargets names them. They hold until probes
// say otherwise, and are no votes: nothing was seen since this start. On an
// error nothing changes.
func (m *Monitor) Import(data []byte, age time.Duration) error {
	found, err := decodeWarm(data, max(age, 0))
	if err != nil {
		return fmt.Errorf("importing probe verdicts: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, w := range m.watches {
		warm, ok := found[id]
		if ok && warm.Place == w.target.place() && !w.tracker.proven {
			w.restore(warm, time.Now())
			m.recount(w)
			h, _ := w.tracker.Health()
			m.metrics.health(id, h)
		}
		delete(found, id)
	}
	m.warm = found
	return nil
}

// decodeWarm reads an export and drops what is too old.
func decodeWarm(data []byte, age time.Duration) (map[TargetID]warmTarget, error) {
	if len(data) > maxWarm {
		return nil, fmt.Errorf("%w: %d bytes: want at most %d", ErrBadExport, len(data), maxWarm)
	}
	var file warmFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadExport, err)
	}
	if file.Version != warmVersion || len(file.Targets) > MaxTargets {
		return nil, fmt.Errorf("%w: version %d with %d targets: want version %d and at most %d",
			ErrBadExport, file.Version, len(file.Targets), warmVersion, MaxTargets)
	}
	found := make(map[TargetID]warmTarget, len(file.Targets))
	for _, t := range file.Targets {
		if err := t.validate(); err != nil {
			return nil, err
		}
		if t.Age+age <= WarmLimit && age <= WarmLimit {
			t.Gone = age
			found[t.ID] = t
		}
	}
	return found, nil
}

// maxStood keeps durations from a file far from overflow.
const maxStood = 100 * 365 * 24 * time.Hour

func (t warmTarget) validate() error {
	if t.Health != routing.Up.String() && t.Health != routing.Down.String() {
		return fmt.Errorf("%w: target %.40q: health %.20q: want up or down", ErrBadExport, t.ID, t.Health)
	}
	for _, d := range []time.Duration{t.Stood, t.Age, t.Down, t.BackFor} {
		if d < 0 || d > maxStood {
			return fmt.Errorf("%w: target %.40q: duration %v: want 0 to %v", ErrBadExport, t.ID, d, maxStood)
		}
	}
	if len(t.ID) > maxTargetID || len(t.Reason) > maxReason || t.Level < 0 || t.Level > maxLevel {
		return fmt.Errorf("%w: target %.40q: reason %.40q, level %d: out of limits", ErrBadExport, t.ID, t.Reason, t.Level)
	}
	return nil
}

// health returns the verdict of a target that is valid.
func (t warmTarget) health() routing.Health {
	if t.Health == routing.Down.String() {
		return routing.Down
	}
	return routing.Up
}

// restore adopts an exported verdict.
func (w *watch) restore(warm warmTarget, now time.Time) {
	w.tracker.restore(warm, now)
	w.known = now.Add(-warm.Age - warm.Gone)
}

// restore adopts an exported verdict. Its times move by the age of the file.
func (t *Tracker) restore(w warmTarget, now time.Time) {
	t.health = w.health()
	t.reason, t.told, t.proven, t.level, t.freed = w.Reason, w.Answered, true, w.Level, w.Freed
	t.since = now.Add(-w.Stood - w.Gone)
	if w.Down > 0 {
		t.down = now.Add(-w.Down - w.Gone)
	}
	if w.BackFor > 0 {
		t.wentUp = now.Add(-w.BackFor - w.Gone)
	}
}
