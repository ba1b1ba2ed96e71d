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

// Next returns the version of the plan that the same writer makes after v.
func (v PlanVersion) Next(hash string) PlanVersion {
	return PlanVersion{Term: max(v.Term, 1), Seq: v.Seq + 1, Hash: hash}
}

// Promoted returns the version under which a promoted writer takes the plan
// over.
func (v PlanVersion) Promoted() PlanVersion {
	return PlanVersion{Term: v.Term + 1, Seq: v.Seq + 1, Hash: v.Hash}
}

// String returns "term.seq", "provisional" or "none".
func (v PlanVersion) String() string {
	return [...]string{"none", "provisional", fmt.Sprintf("%d.%d", v.Term, v.Seq)}[v.rank()]
}

func (v PlanVersion) validate() error {
	if len(v.Hash) > maxHash || !printable(v.Hash) {
		return fmt.Errorf("plan hash %.40q: want at most %d bytes of printable text", v.Hash, maxHash)
	}
	return nil
}

// Decision is what to do about a plan that is offered.
type Decision uint8

// The decisions.
const (
	Older Decision = iota // keep what is there
	Same                  // it is what is there
	Newer                 // take it
	Fork                  // two plans of one version: two writers believed themselves alone
)

// String returns the decision's name in lower case.
func (d Decision) String() string {
	if d > Fork {
		return fmt.Sprintf("decision(%d)", uint8(d))
	}
	return [...]string{"older", "same", "newer", "fork"}[d]
}

// Adopt decides about a plan on offer, given the one that is there. It is to be
// asked where the pointer is swapped. take says whether to take it: when it is
// newer, and of a fork's two plans the one with the greater hash, so that all
// nodes keep the same. A node that reads a provisional plan takes it over its
// provisional one; they do not travel.
func Adopt(have, offered PlanVersion) (d Decision, take bool) {
	if offered.Hash == "" {
		return Older, false
	}
	if offered.rank() == 1 && have.rank() == 1 {
		return provisional(have, offered)
	}
	switch c := offered.Compare(have); {
	case c == 0:
		return Same, false
	case have.rank() == 2 && have.Term == offered.Term && have.Seq == offered.Seq:
		return Fork, c > 0
	case c > 0:
		return Newer, true
	}
	return Older, false
}

func provisional(have, offered PlanVersion) (d Decision, take bool) {
	if have.Hash == offered.Hash {
		return Same, false
	}
	return Newer, true
}
