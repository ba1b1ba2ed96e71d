package backend

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

const (
	mostMembers = 30
	mostWeight  = 100
)

// validate reports everything in c that cannot be served.
func (c Config) validate(names bool) error {
	seen := map[string]bool{}
	var all []error
	for _, b := range c.Backends {
		if err := b.validate(names); err != nil {
			all = append(all, fmt.Errorf("backend %q: %w", b.Name, err))
		}
		all = append(all, once(seen, b.Name))
	}
	known := len(seen)
	singles := make(map[string]bool, known)
	for name := range seen {
		singles[name] = true
	}
	for _, p := range c.Pools {
		if err := p.validate(singles); err != nil {
			all = append(all, fmt.Errorf("pool %q: %w", p.Name, err))
		}
		all = append(all, once(seen, p.Name))
	}
	all = append(all, c.Retry.validate())
	return errors.Join(all...)
}

func once(seen map[string]bool, name string) error {
	key := strings.ToLower(name)
	if seen[key] || key == "" {
		return fmt.Errorf("backend %q: the name is empty or another's", name)
	}
	seen[key] = true
	return nil
}

func (b Backend) validate(names bool) error {
	if b.URL == nil {
		return errors.New("no URL")
	}
	host, _, err := authority(b.URL)
	if err != nil {
		return err
	}
	if b.Proxy != nil {
		host = b.Proxy.Hostname()
	}
	if _, ok := literal(host); !ok && !names {
		return fmt.Errorf("host %q is a name, and nobody knows names here", host)
	}
	if !knownVersion(b.HTTPVersion) {
		return fmt.Errorf("HTTP version %q is not 1, 2 or 2or1", b.HTTPVersion)
	}
	if b.Breaker != nil {
		if err := b.Breaker.Validate(); err != nil {
			return err
		}
	}
	return proxied(b.Proxy)
}

func proxied(u *url.URL) error {
	if u != nil && u.Scheme != "http" {
		return fmt.Errorf("scheme %q of the proxy is not http", u.Scheme)
	}
	return nil
}

func (p Pool) validate(singles map[string]bool) error {
	if n := len(p.Members); n < 1 || n > mostMembers {
		return fmt.Errorf("%d members, allowed are 1 to %d", n, mostMembers)
	}
	seen := map[string]bool{}
	for _, m := range p.Members {
		key := strings.ToLower(m.Backend)
		switch {
		case !singles[key]:
			return fmt.Errorf("member %q is no backend", m.Backend)
		case seen[key]:
			return fmt.Errorf("member %q is in it twice", m.Backend)
		case m.Weight < 0 || m.Weight > mostWeight:
			return fmt.Errorf("weight %d of %q, allowed are 0 to %d", m.Weight, m.Backend, mostWeight)
		}
		seen[key] = true
	}
	return nil
}

func (r Retry) validate() error {
	if r.Budget < 0 || r.Budget > 100 || r.Minimum < 0 {
		return fmt.Errorf("retry budget of %d %% and %d, allowed are 0 to 100 %% and 0 or more", r.Budget, r.Minimum)
	}
	return nil
}
