package backend

import (
	"container/list"
	"net"
	"net/url"
	"strconv"
	"strings"
)

const mostAdhoc = 256

// adhoc is the origins of URLs that no backend stands for, the most recently
// used ones. It is under the lock of Backends.
type adhoc struct {
	byKey   map[string]*list.Element
	order   list.List // of *adhocEntry, the most recent first
	counts  *counts
	circuit *circuit // admits everything
}

type adhocEntry struct {
	key    string
	origin *origin
}

func newAdhoc() adhoc {
	n := &counts{}
	return adhoc{byKey: map[string]*list.Element{}, counts: n, circuit: newCircuit("", nil, n, nil)}
}

// get returns the origin of a key, if it is known.
func (a *adhoc) get(key string) *origin {
	e := a.byKey[key]
	if e == nil {
		return nil
	}
	a.order.MoveToFront(e)
	return e.Value.(*adhocEntry).origin
}

// put keeps an origin, and returns the one that gives way; nil: none.
func (a *adhoc) put(key string, o *origin) *origin {
	a.byKey[key] = a.order.PushFront(&adhocEntry{key, o})
	if a.order.Len() <= mostAdhoc {
		return nil
	}
	last := a.order.Remove(a.order.Back()).(*adhocEntry)
	delete(a.byKey, last.key)
	return last.origin
}

func (a *adhoc) origins() []*origin {
	var out []*origin
	for e := a.order.Front(); e != nil; e = e.Next() {
		out = append(out, e.Value.(*adhocEntry).origin)
	}
	return out
}

// At returns a target for a URL that no name stands for. A configured backend
// with the same scheme, host and port and a path that u's begins with lends its
// breaker, credentials and connections. Where u is no URL of http or https with a
// host, Do says so.
func (s *Set) At(u *url.URL) *Target {
	host, port, err := authority(u)
	if err != nil {
		return s.owner.broken(u, err)
	}
	if e := s.matching(u, net.JoinHostPort(host, strconv.Itoa(int(port)))); e != nil {
		return &Target{name: e.name, only: e.at(u), counts: e.counts, repeat: s.targets[strings.ToLower(e.name)].repeat}
	}
	return s.Bare(u)
}

// Bare is At for a URL that somebody else named: no backend lends it anything.
func (s *Set) Bare(u *url.URL) *Target {
	o, err := s.owner.passing(u)
	if err != nil {
		return s.owner.broken(u, err)
	}
	e := &endpoint{circuit: s.owner.adhoc.circuit, origin: o, counts: s.owner.adhoc.counts}
	e.point(u)
	return &Target{name: e.url, only: e, counts: e.counts}
}

// broken returns a target that cannot be asked.
func (b *Backends) broken(u *url.URL, err error) *Target {
	return &Target{name: u.Redacted(), broken: err, counts: b.adhoc.counts}
}

// matching returns the backend that stands for u: the one with the longest path.
func (s *Set) matching(u *url.URL, target string) *endpoint {
	var best *endpoint
	path := strings.TrimSuffix(u.Path, "/")
	for _, e := range s.ends {
		same := e.scheme == u.Scheme && e.origin.way.target == target
		if same && below(e.path, path) && (best == nil || len(e.path) > len(best.path)) {
			best = e
		}
	}
	return best
}

// below reports whether path is front or below it.
func below(front, path string) bool {
	rest, ok := strings.CutPrefix(path, front)
	return ok && (rest == "" || rest[0] == '/')
}

// passing returns the origin of a URL's host, known or new.
func (b *Backends) passing(u *url.URL) (*origin, error) {
	one := Backend{URL: u}
	if err := one.validate(b.options.Names != nil); err != nil {
		return nil, err
	}
	w, key, err := newWay(one)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	o := b.adhoc.get(key)
	var gone *origin
	if o == nil {
		o = b.newOrigin(w, one, b.adhoc.counts)
		gone = b.adhoc.put(key, o)
	}
	b.mu.Unlock()
	if gone != nil {
		gone.retire()
	}
	return o, nil
}
