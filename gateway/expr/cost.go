package expr

import "net/url"

// looksPerStep is how many bytes of a text count as one step: members look at
// all of it, and a step is to be a few microseconds.
const looksPerStep = 512

// costOf is how many steps it takes to look at a value.
func costOf(v value) int {
	switch v.k {
	case kString:
		return len(v.s) / looksPerStep
	case kBytes:
		return len(v.bytes()) / looksPerStep
	case kURL:
		if u, ok := v.o.(*url.URL); ok {
			return len(u.RawQuery) / (looksPerStep / 8) // its query is read each time
		}
	}
	return 0
}

// look takes the steps of looking at values.
func (f *frame) look(all ...value) error {
	n := 0
	for i := range all {
		n += costOf(all[i])
	}
	if n == 0 {
		return nil
	}
	return f.step(n)
}
