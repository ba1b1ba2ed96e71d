package intent

import (
	"cmp"
	"fmt"
)

// PlanVersion names a plan. A version of term or sequence 0 is provisional:
// read by a node that does not write plans, and replaced by any that is not.
type PlanVersion struct {
	Term uint64 `json:"term"` // raised by each promotion of a writer
	Seq  uint64 `json:"seq"`  // raised by each plan, never reset
	Hash string `json:"hash"` // of the plan's bytes; empty: there is no plan
}

// maxHash is the length of a plan's hash in text.
const maxHash = 128

// Provisional reports whether any plan of a writer replaces it.
func (v PlanVersion) Provisional() bool { return v.Term == 0 || v.Seq == 0 }

// Compare returns -1, 0 or 1: by term and sequence, then by hash. No plan comes
// before a provisional one, and that before all others.
func (v PlanVersion) Compare(o PlanVersion) int {
	if c := cmp.Compare(v.rank(), o.rank()); c != 0 || v.Provisional() {
		return c
	}
	return cmp.Or(cmp.Compare(v.Term, o.Term), cmp.Compare(v.Seq, o.Seq), cmp.Compare(v.Hash, o.Hash))
}

func (v PlanVersion) rank() int {
	switch {
	case v.Hash == "":
		return 0
	case v.Provisional():
		return 1
	}
	return 2
}

// String returns "term.seq", "provisional" or "none".
func (v PlanVersion) String() string {
	return [...]string{"none", "provisional", fmt.Sprintf("%d.%d", v.Term, v.Seq)}[v.rank()]
}

// Forks reports whether v and o are two plans of one version: two writers took
// themselves for the only one.
func (v PlanVersion) Forks(o PlanVersion) bool {
	return v.rank() == 2 && o.rank() == 2 && v.Term == o.Term && v.Seq == o.Seq && v.Hash != o.Hash
}

func (v PlanVersion) validate() error {
	if len(v.Hash) > maxHash || !printable(v.Hash) {
		return fmt.Errorf("plan hash %.40q: want at most %d bytes of printable text", v.Hash, maxHash)
	}
	return nil
}
