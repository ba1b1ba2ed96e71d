package intent

import "slices"

// Conflict is a disagreement: operators said different things of one key, none
// of whom had seen what the others said.
type Conflict struct {
	Key
	IDs    []ID    // in order
	Values []Value // as IDs
}

// Resolve says which of the values of one key counts: of those that no other
// displaces and whose lease has not ended, off wins (of shares the greater),
// else the latest. ok is false where none counts or the one that does clears;
// conflict names them all, in order, where they do not mean the same.
func Resolve(heads []Held) (v Held, ok bool, conflict []ID) {
	if len(heads) == 1 {
		v = heads[0]
		return v, !v.Ended() && !v.Clear, nil
	}
	live := slices.DeleteFunc(undisplaced(heads), Held.Ended)
	if len(live) == 0 {
		return Held{}, false, nil
	}
	slices.SortFunc(live, func(a, b Held) int { return byID(&a, &b) })
	v = live[0]
	for _, h := range live[1:] {
		if h.offness() >= v.offness() {
			v = h
		}
	}
	if disagree(live) {
		conflict = idsOf(live)
	}
	return v, !v.Clear, conflict
}

// undisplaced returns the values that no other displaces.
func undisplaced(values []Held) []Held {
	if len(values) <= 1 {
		return values
	}
	var out []Held
	for _, v := range values {
		if !slices.ContainsFunc(values, func(o Held) bool { return o.Displaces(v.Value) }) {
			out = append(out, v)
		}
	}
	return out
}

func disagree(live []Held) bool {
	return slices.ContainsFunc(live, func(h Held) bool { return !h.says(live[0].Value) })
}

func idsOf(live []Held) []ID {
	var ids []ID
	for _, h := range live {
		ids = append(ids, h.ID)
	}
	return slices.Compact(ids)
}
