package node

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"meridian/cluster"
	"meridian/intent"
	"meridian/secret"
)

// hostile is a trusted node that has turned, and replicas to which it speaks.
func hostile(t *testing.T) (self, evil *cluster.Identity, r *replicas) {
	t.Helper()
	ids := [2]*cluster.Identity{}
	for i := range ids {
		id, err := cluster.NewIdentity([]byte("0123456789abcdef0123456789abcde" + string(rune('0'+i))))
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	return ids[0], ids[1], newReplicas("test", ids[0], 1, false)
}

// TestLastWord: a value that claims to have seen everybody at the end of time is
// refused, and one as far ahead as is let pass does not have the last word.
func TestLastWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		self, evil, r := hostile(t)
		me, key := intent.NodeID(self.ID()), intent.Key{Object: intent.LocationObject("westus2"), Property: intent.DisableGateway}
		say := func(by *cluster.Identity, v intent.Value) error {
			body, err := v.Encode()
			if err == nil {
				_, _, err = r.intents.Write(by, key.String(), cluster.Version{Major: 1}, body)
			}
			return err
		}
		claim := func(at intent.Time) intent.Value {
			return intent.Value{Key: key, Text: textTrue, ID: intent.ID{Time: at, Node: intent.NodeID(evil.ID())}, Seen: intent.Seen{me: at}}
		}
		if err := say(evil, claim(math.MaxUint64)); !errors.Is(err, cluster.ErrMalformed) {
			t.Errorf("the end of time: got %v, want it refused", err)
		}
		if err := say(evil, claim(intent.TimeOf(time.Now().Add(maxAhead)))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
		var clock intent.Clock
		had := r.wishes()
		clock.Met(had[0].Value, me, time.Now())
		drafts, _ := intent.Drafts(intent.Command{Object: key.Object, Property: key.Property, Text: textFalse},
			intent.Input{Values: had, Plan: map[intent.Target]string{{Object: key.Object, Property: key.Property}: textFalse}})
		for _, v := range intent.Stamp(drafts, intent.ID{Time: clock.Next(time.Now()), Node: me}) {
			if err := say(self, v); err != nil {
				t.Error(err)
			}
		}
		if got := r.wishes(); len(got) != 1 || got[0].ID.Node != me {
			t.Errorf("got %+v, want what this node said last", got)
		}
	})
}

// TestEditions: a secret's record has the version of what it holds, and there is
// always a next one.
func TestEditions(t *testing.T) {
	t.Parallel()
	_, evil, r := hostile(t)
	for _, version := range [][2]uint64{{1, 2}, {maxEdition + 1, maxEdition + 1}, {maxEdition, maxEdition}} {
		gone := secret.Delete("key", secret.Origin{Version: version[1], At: time.Now(), Author: string(evil.ID())})
		body, err := gone.Encode()
		if err == nil {
			_, _, err = r.secrets.Write(evil, secretPrefix+"key", cluster.Version{Major: version[0]}, body)
		}
		if want := version[0] == maxEdition; (err == nil) != want {
			t.Errorf("version %d in a record of version %d: got %v, want taken: %v", version[1], version[0], err, want)
		}
	}
}
