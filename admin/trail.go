package admin

import (
	"net/http"
	"slices"
	"sync/atomic"

	"meridian/admin/api"
)

const (
	refusalsPerSecond = 10 // of callers who are known, written to the audit log
	strangersPerHour  = 60 // refusals of callers who are not
	refusalBurst      = 100
)

// trail writes the audit log: every change, and refused attempts as far as they
// are not too many. It runs where the caller is answered, so that an answer
// that is out stands in the log.
type trail struct {
	log       *AuditLog // nil: none is kept
	metrics   *metrics
	known     *rates // refused attempts written, of callers who are known
	strangers *rates // and of others: they take no room from those
	skipped   atomic.Uint64
}

func newTrail(log *AuditLog, m *metrics) *trail {
	return &trail{
		log: log, metrics: m,
		known: newRates(refusalsPerSecond, refusalBurst), strangers: newRates(strangersPerHour/3600.0, refusalBurst),
	}
}

// record is a step of the guard, the outermost: it sees what became of panics.
func (t *trail) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{}
		rec := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		r = withVisit(r, v)
		defer func() { t.write(r, v, rec.status) }()
		next.ServeHTTP(rec, r)
	})
}

func (t *trail) write(r *http.Request, v *visit, status int) {
	if t.log == nil || !t.wanted(r, v, status) {
		return
	}
	e := v.entry(r, status)
	e.Skipped = t.skipped.Swap(0)
	if err := t.log.Append(e); err != nil {
		t.metrics.unaudited.Inc() // the log itself has told why
	}
}

// wanted reports whether a request is written down.
func (t *trail) wanted(r *http.Request, v *visit, status int) bool {
	refused := slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests, http.StatusMisdirectedRequest,
	}, status)
	if !refused {
		return changes(r) && v.principal.Role != ""
	}
	if t.room(v.principal) {
		return true
	}
	t.skipped.Add(1)
	return false
}

// room reports whether one more refusal of a caller may be written.
func (t *trail) room(p Principal) bool {
	if p.Role == "" {
		_, ok := t.strangers.take("")
		return ok
	}
	_, ok := t.known.take(p.Name)
	return ok
}

// status returns s with the end of the log, and with what is wrong with it.
func (t *trail) status(s api.Status) api.Status {
	if t.log == nil {
		return s
	}
	head := t.log.Head()
	s.Audit = &head
	if head.Missed > 0 {
		s.OK = false
		s.Problems = append(slices.Clone(s.Problems), api.Problem{
			Severity: "warning", Code: "audit_gap", Subject: "audit",
			Text: "the audit log cannot be written: changes are made and not recorded; the log of this node has the reason",
		})
	}
	return s
}
