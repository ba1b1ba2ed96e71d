package expr

import "sort"

// compareValues orders two values of one kind, as Comparer.Default does.
func compareValues(a, b value) int {
	switch {
	case a.k == kNull || b.k == kNull:
		return nullOrder(a, b)
	case a.k == kString && b.k == kString:
		return int(compareText(a, b, 0).n)
	case a.k == kDouble || b.k == kDouble:
		return ordering(Double, Double)(a, b)
	case a.k == kJValue && b.k == kJValue:
		return compareValues(a.token().val, b.token().val)
	}
	return sign(ticks(a), ticks(b))
}

// ordered sorts by a key; equal ones keep their order.
func ordered(direction int) func(*frame, []value, []lambda) (value, error) {
	return func(f *frame, all []value, fns []lambda) (value, error) {
		keys, err := keysBy(f, all, fns[0])
		if err != nil {
			return null(), err
		}
		at := make([]int, len(all))
		for i := range at {
			at[i] = i
		}
		sort.SliceStable(at, func(i, j int) bool { return compareValues(keys[at[i]], keys[at[j]])*direction < 0 })
		out := make([]value, len(all))
		for i, j := range at {
			out[i] = all[j]
		}
		return object(kSeq, &list{out}), nil
	}
}

func summed(f *frame, all []value, fns []lambda) (value, error) {
	keys, err := keysBy(f, all, fns[0])
	if err != nil {
		return null(), err
	}
	sum := zero(fns[0].t)
	for _, v := range keys {
		if v.k == kDouble {
			sum = double(sum.double() + v.double())
		} else {
			sum = wrapped(sum.k, sum.n+v.n)
		}
	}
	return sum, nil
}

func extreme(direction int) func(*frame, []value, []lambda) (value, error) {
	return func(f *frame, all []value, fns []lambda) (value, error) {
		keys, err := keysBy(f, all, fns[0])
		if err != nil {
			return null(), err
		}
		if len(keys) == 0 {
			return null(), fail(Invalid, "Sequence contains no elements")
		}
		best := keys[0]
		for _, v := range keys[1:] {
			if compareValues(v, best)*direction > 0 {
				best = v
			}
		}
		return best, nil
	}
}
