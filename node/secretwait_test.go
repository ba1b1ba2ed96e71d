package node

import (
	"strings"
	"testing"

	"meridian/admin/api"
)

// TestSecretComesLater: a document that lacks a secret is taken up by itself once
// the secret is set, also where other nodes have it a moment later than who
// writes the plan, and whichever node was told.
func TestSecretComesLater(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions())
	c.inReach(t)
	us, eu, jp := c.list[0], c.list[1], c.list[2]
	for i, at := range []*member{us, jp} {
		serial := uint64(i) + 2
		name := []string{"partner", "other"}[i]
		us.world.write(t, "service.yaml", threePlaces+`
backends: [{name: b, url: "http://192.0.2.40", credentials: {header: {x-key: [{secret: `+name+`}]}}}]
`)
		wait(t, "the document is rejected", func() bool {
			r := us.plan(t).Rejected
			return r != nil && strings.Contains(r.Why, `no secret has the name "`+name+`"`)
		})
		must[api.Change](t)(secretsAPI{at.Node}.SetSecret(t.Context(), name, []byte("one"), asked()))
		wait(t, "plan at all three", func() bool { return us.seq() == serial && eu.seq() == serial && jp.seq() == serial })
		wait(t, "nothing is rejected or held", func() bool { p := us.plan(t); return p.Rejected == nil && p.Held == nil })
	}
}
