package pipeline

import (
	"fmt"
	"slices"
)

// trie finds the operation of an API. A node stands for the segments that lead
// to it; of several ways on, the most specific is tried first: a literal, a
// literal with parameters, a parameter, any rest. Finding visits no node twice
// for one path to it, so that it is bounded by the operations there are.
type trie struct {
	literal map[string]*trie // lower case
	mixed   []mixed          // most literal bytes first
	param   *trie
	ends    []*operation // of paths that end here
	wild    []*operation // of paths with any rest
}

// mixed is a way on by a segment with literals and parameters.
type mixed struct {
	segment segment
	next    *trie
}

// insert adds an operation; where another matches the same requests it returns
// that one, and adds nothing.
func (t *trie) insert(op *operation) (clash *operation) {
	for _, s := range op.template.segments {
		t = t.down(s)
	}
	list := &t.ends
	if op.template.wild {
		list = &t.wild
	}
	key := op.template.key()
	for _, other := range *list {
		if other.method == op.method && other.template.key() == key {
			return other
		}
	}
	*list = append(*list, op)
	slices.SortStableFunc(*list, func(a, b *operation) int { return b.rank() - a.rank() })
	return nil
}

// down returns the node behind a segment, made where there is none.
func (t *trie) down(s segment) *trie {
	switch {
	case s.static():
		if t.literal == nil {
			t.literal = map[string]*trie{}
		}
		next := t.literal[s.literals[0]]
		if next == nil {
			next = &trie{}
			t.literal[s.literals[0]] = next
		}
		return next
	case s.free():
		if t.param == nil {
			t.param = &trie{}
		}
		return t.param
	}
	for _, m := range t.mixed {
		if slices.Equal(m.segment.literals, s.literals) {
			return m.next
		}
	}
	next := &trie{}
	t.mixed = append(t.mixed, mixed{s, next})
	slices.SortStableFunc(t.mixed, func(a, b mixed) int { return b.segment.weight() - a.segment.weight() })
	return next
}

// weight is how specific a segment is: its literal bytes.
func (s segment) weight() int {
	n := 0
	for _, l := range s.literals {
		n += len(l)
	}
	return n
}

// find looks for the operation of the path from at on, which is at a slash or
// the end.
func (t *trie) find(s *search, at int) bool {
	from := s.path.begin(at)
	if from >= len(s.path.text)-1 { // a slash at the end says nothing
		return s.pick(t.ends) || s.rest(t.wild, at)
	}
	values := s.n
	part, end := s.path.segment(from)
	if next := fold(t.literal, part); next != nil && next.find(s, end) {
		return true
	}
	if t.valued(s, part, end) {
		return true
	}
	s.n = values
	return s.rest(t.wild, at)
}

// valued is find by the ways on that take a value from the segment.
func (t *trie) valued(s *search, part string, end int) bool {
	values := s.n
	for _, m := range t.mixed {
		if s.n = values; s.take(m.segment, part) && m.next.find(s, end) {
			return true
		}
	}
	s.n = values
	return t.param != nil && s.value(part) && t.param.find(s, end)
}

// fold finds a segment whatever the case of its ASCII letters, without
// allocating for those of usual length; the zero value where there is none. A
// literal is never longer than its template.
func fold[T any](m map[string]T, part string) (none T) {
	if len(m) == 0 || len(part) > maxTemplate {
		return none
	}
	if next, ok := m[part]; ok {
		return next
	}
	var buf [64]byte
	b := append(buf[:0], part...)
	for i := range b {
		b[i] = lowerByte(b[i])
	}
	return m[string(b)]
}

// clashError says that two operations match the same requests.
func clashError(a, b *operation) error {
	return fmt.Errorf("operations %q and %q match the same requests: %s %s", a.name, b.name, a.method, a.text)
}
