package dnswire

import (
	"strings"

	"github.com/miekg/dns"
)

// checkAlias follows the CNAME of name through the zone. A loop is reported
// once, at its first line.
func (z *zoneCheck) checkAlias(name Name, alias []*Record) {
	if alias == nil {
		return
	}
	start := alias[0]
	path := []string{string(name)}
	seen := map[*Record]bool{}
	firstLine := start.Line
	for r := start; r != nil; {
		if seen[r] {
			if r == start && firstLine == start.Line {
				z.fail(start, "CNAME loop: %s", strings.Join(path, " → "))
			}
			return
		}
		if len(seen) == MaxAliases {
			z.fail(start, "CNAME chain of more than %d aliases: %s", MaxAliases, strings.Join(path, " → "))
			return
		}
		seen[r] = true
		firstLine = min(firstLine, r.Line)
		target, ok := r.Target()
		if !ok {
			return
		}
		path = append(path, string(target))
		r = z.aliasOf(target)
	}
}

// aliasOf returns the CNAME that a question for name meets in this zone, nil
// when it meets none: its own or that of the wildcard below its closest
// encloser (RFC 4592 §3.3).
func (z *zoneCheck) aliasOf(name Name) *Record {
	if !name.IsSubdomainOf(z.zone) {
		return nil
	}
	source := name
	for encloser := name; !z.exists[encloser]; {
		encloser = encloser.Parent()
		if z.exists[encloser] {
			source = Name("*." + strings.TrimPrefix(string(encloser), "."))
		}
	}
	if set := z.nodes[source].set(dns.TypeCNAME); set != nil {
		return set[0]
	}
	return nil
}
