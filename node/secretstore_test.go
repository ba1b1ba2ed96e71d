package node

import (
	"strings"
	"testing"

	"meridian/admin/api"
	"meridian/cluster"
)

// TestSecrets: secrets and tokens made at one node are known at all, also at one
// that was away; they survive a restart, and go when they are deleted.
func TestSecrets(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions()[:2])
	c.inReach(t)
	us, eu := c.list[0], c.list[1]
	out := must[api.Change](t)(secretsAPI{us.Node}.SetSecret(t.Context(), "backend-key", []byte("hush"), asked()))
	if out.Durable != 2 || len(out.Applied) != 2 {
		t.Errorf("got %+v, want it on two disks", out)
	}
	here, there := must[[]api.Secret](t)(secretsAPI{us.Node}.Secrets(t.Context())), must[[]api.Secret](t)(secretsAPI{eu.Node}.Secrets(t.Context()))
	if len(here) != 1 || len(there) != 1 || here[0].Fingerprint != there[0].Fingerprint || here[0].Version != 1 || strings.Contains(here[0].Fingerprint, "hush") {
		t.Errorf("got %+v and %+v", here, there)
	}
	must[api.Change](t)(secretsAPI{eu.Node}.SetSecret(t.Context(), "backend-key", nil, asked()))
	if rotated := must[[]api.Secret](t)(secretsAPI{us.Node}.Secrets(t.Context())); rotated[0].Version != 2 || rotated[0].Fingerprint == here[0].Fingerprint {
		t.Errorf("rotated: got %+v", rotated)
	}
	clear, _, err := secretsAPI{us.Node}.AddToken(t.Context(), api.Token{Name: "ci", Role: "operator"}, asked())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = secretsAPI{eu.Node}.AddToken(t.Context(), api.Token{Name: "ci", Role: "viewer"}, asked())
	refused(t, "a name that is taken", err, api.Conflict, "ci")
	p, err := tokenCheck{eu.Node}.Authenticate(t.Context(), clear)
	if err != nil || p.Name != "ci" || p.Role != api.Operator {
		t.Errorf("the token at the other node: got %+v, %v", p, err)
	}
	c.down(t, eu)
	must[api.Change](t)(secretsAPI{us.Node}.DeleteToken(t.Context(), "ci", asked()))
	c.up(t, eu)
	wait(t, "the token being gone", func() bool {
		_, err := tokenCheck{eu.Node}.Authenticate(t.Context(), clear)
		return kindOf(err) == api.Unauthorized
	})
	if got := must[[]api.Secret](t)(secretsAPI{eu.Node}.Secrets(t.Context())); len(got) != 1 || got[0].Version != 2 {
		t.Errorf("after a restart: got %+v", got)
	}
	must[api.Change](t)(secretsAPI{us.Node}.DeleteSecret(t.Context(), "backend-key", asked()))
	if got := must[[]api.Secret](t)(secretsAPI{us.Node}.Secrets(t.Context())); len(got) != 0 {
		t.Errorf("deleted: got %+v", got)
	}
	_, err = secretsAPI{us.Node}.DeleteSecret(t.Context(), "backend-key", asked())
	refused(t, "deleted again", err, api.NotFound, "backend-key")
}

// TestGossipKeys: a key comes, is used, and an old one goes, at every registered
// node; with one of them down nothing happens.
func TestGossipKeys(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions()[:2])
	c.inReach(t)
	us, eu := c.list[0], c.list[1]
	before := us.cluster.Keys().Fingerprints()
	out := must[api.Change](t)(clusterAPI{eu.Node}.ChangeKeys(t.Context(), api.KeyOrder{Do: "rotate"}, asked()))
	for _, r := range c.list {
		if got := r.cluster.Keys().Fingerprints(); len(got) != 1 || got[0] == before[0] {
			t.Errorf("%s: got keys %v, want a new one in place of %v", r.name, got, before)
		}
	}
	if len(out.Notes) != 1 {
		t.Errorf("got notes %v, want what to put into the key files", out.Notes)
	}
	key := []byte("0123456789abcdef")
	must[api.Change](t)(clusterAPI{us.Node}.ChangeKeys(t.Context(), api.KeyOrder{Do: "add", Key: key}, asked()))
	_, err := clusterAPI{us.Node}.ChangeKeys(t.Context(), api.KeyOrder{Do: "use", Fingerprint: before[0]}, asked())
	refused(t, "a key nobody has", err, api.Conflict, "does not have it")
	_, err = clusterAPI{us.Node}.ChangeKeys(t.Context(), api.KeyOrder{Do: "remove", Fingerprint: us.cluster.Keys().Fingerprints()[0]}, asked())
	refused(t, "removing the key in use", err, api.Conflict, "uses it")
	c.down(t, eu)
	for _, do := range []string{"add", "rotate", "use"} {
		_, err = clusterAPI{us.Node}.ChangeKeys(t.Context(), api.KeyOrder{Do: do, Fingerprint: cluster.Fingerprint(key)}, asked())
		refused(t, do+" with a node down", err, api.Conflict, "eu-1")
	}
	if got := us.cluster.Keys().Fingerprints(); len(got) != 2 || got[1] != cluster.Fingerprint(key) {
		t.Errorf("got keys %v, want the two there were", got)
	}
	if _, listed := (*us.names.Load())["eu-1"]; !listed {
		t.Error("eu-1 is not listed though nobody has forgotten it")
	}
	must[api.Change](t)(nodesAPI{us.Node}.ForgetNode(t.Context(), "eu-1", asked()))
	wait(t, "nothing follows from the forgotten node", func() bool {
		_, listed := (*us.names.Load())["eu-1"]
		return !listed
	})
	must[api.Change](t)(clusterAPI{us.Node}.ChangeKeys(t.Context(), api.KeyOrder{Do: "use", Fingerprint: cluster.Fingerprint(key)}, asked()))
	if got := us.cluster.Keys().Fingerprints(); got[0] != cluster.Fingerprint(key) {
		t.Errorf("without the node that was forgotten: got %v", got)
	}
}
