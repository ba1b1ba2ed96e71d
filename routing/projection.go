package routing

// maxExact bounds the projections that get minimal scopes: one byte a block
// each. Beyond it a block's own length is the scope.
const maxExact = 256

// projection maps every class to an option. It is shared by all profiles whose
// choice by class is the same, and kept from one Snapshot to the next, so that
// returning to a known state costs nothing.
type projection struct {
	win  []uint16 // by ClassID: place in pick.options
	bits []uint8  // by BlockID: the minimal scope; nil until Exact
}

// project fills a projection from what is known of each class.
func (s *Structure) project(of func(*ClassInfo) uint16) *projection {
	p := &projection{win: make([]uint16, s.clients.Classes())}
	for i := range p.win {
		info := s.clients.Info(ClassID(i))
		p.win[i] = of(&info)
	}
	return p
}

// liveProjections tells which projections some pick uses.
func (s *Snapshot) liveProjections() []bool {
	live := make([]bool, len(s.proj))
	var mark func(p *pick)
	mark = func(p *pick) {
		if p.kind == pickByClass {
			live[p.proj] = true
		}
		for _, part := range p.parts {
			mark(part)
		}
	}
	for _, p := range s.picks {
		mark(p)
	}
	return live
}

// onlyLiveProjections returns the interned projections that are in use.
func (s *Snapshot) onlyLiveProjections() ([]*projection, map[string]int32) {
	live := s.liveProjections()
	var list []*projection
	byKey := map[string]int32{}
	for key, i := range s.projByKey {
		if live[i] {
			byKey[key] = int32(len(list))
			list = append(list, s.proj[i])
		}
	}
	return list, byKey
}

// Exact returns the snapshot with minimal ECS scopes: the largest aligned
// prefixes in which the decision is constant. What Publish returns may carry
// finer ones. It is meant to run in the background, as it takes some
// milliseconds for each new projection.
func (s *Snapshot) Exact() *Snapshot {
	out := *s
	out.proj = make([]*projection, len(s.proj))
	copy(out.proj, s.proj)
	exact := 0
	for i, live := range s.liveProjections() {
		if !live {
			continue
		}
		if exact++; exact > maxExact {
			break
		}
		if s.proj[i].bits == nil {
			out.proj[i] = &projection{win: s.proj[i].win, bits: s.clients.minimal(s.proj[i].win)}
		}
	}
	return &out
}

// sibling is an aligned prefix whose blocks all lead to one option.
type sibling struct {
	first int // its first block
	bits  uint8
	win   uint16
	whole bool // all its blocks agree
}

// minimal returns, for each block, the length of the largest aligned prefix
// around it whose blocks all have the same option. Two siblings that agree
// become one, until nothing more does: blocks come in order, so a stack holds
// the left siblings that still wait for their right ones. Scope 0 says that the
// client does not matter at all, so a family that is uniform has scope 1 unless
// the other one is uniform alike.
func (t *ClientTable) minimal(win []uint16) []uint8 {
	out := make([]uint8, len(t.bits))
	n4 := len(t.start4)
	t.merge(out, win, 0, n4)
	t.merge(out, win, n4, len(t.bits))
	if out[0] == 0 && out[n4] == 0 && win[t.class[0]] == win[t.class[n4]] {
		return out
	}
	for i := range out {
		out[i] = max(out[i], 1)
	}
	return out
}

func (t *ClientTable) merge(out []uint8, win []uint16, from, to int) {
	var stack []sibling
	for i := from; i < to; i++ {
		stack = append(stack, sibling{i, t.bits[i], win[t.class[i]], true})
		for end := i + 1; len(stack) > 1; {
			a, b := stack[len(stack)-2], stack[len(stack)-1]
			if a.bits != b.bits {
				break
			}
			parent := sibling{a.first, a.bits - 1, a.win, a.whole && b.whole && a.win == b.win}
			if !parent.whole {
				settle(out, a, b.first)
				settle(out, b, end)
			}
			stack = append(stack[:len(stack)-2], parent)
		}
	}
	for _, s := range stack { // one whole prefix, or none
		settle(out, s, to)
	}
}

// settle gives the blocks of a prefix that cannot grow their scope.
func settle(out []uint8, s sibling, end int) {
	if !s.whole {
		return
	}
	for i := s.first; i < end; i++ {
		out[i] = s.bits
	}
}
