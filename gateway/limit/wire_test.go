package limit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUsageRoundTrip(t *testing.T) {
	all := []said{
		{use: use{hash: 1, used: 0, spare: maxCalls, demand: 1}},
		{use: use{hash: 7, used: 300}},
		{use: use{hash: 1<<64 - 1, used: maxCalls, demand: maxCalls}},
	}
	got, err := decode(encode(all))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		if diff := cmp.Diff(s.use, got[i], cmp.AllowUnexported(use{})); diff != "" {
			t.Errorf("use %d (-want +got):\n%s", i, diff)
		}
	}
}

// refused are malformed usages, by their defect.
func refused() map[string][]byte {
	key := func(hash byte, numbers ...byte) []byte {
		return append([]byte{0, 0, 0, 0, 0, 0, 0, hash}, numbers...)
	}
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}
	return map[string][]byte{
		"empty":           {},
		"version-zero":    {0},
		"version-two":     {2},
		"cut-in-hash":     append([]byte{1}, key(1)[:5]...),
		"cut-in-number":   append([]byte{1}, key(1, 1, 1, 0x80)...),
		"number-missing":  append([]byte{1}, key(1, 1, 1)...),
		"number-too-big":  append(append([]byte{1}, key(1, 1)...), append(huge, 0)...),
		"keys-descend":    append(append([]byte{1}, key(2, 1, 1, 1)...), key(1, 1, 1, 1)...),
		"key-twice":       append(append([]byte{1}, key(2, 1, 1, 1)...), key(2, 1, 1, 1)...),
		"trailing-octet":  append(append([]byte{1}, key(2, 1, 1, 1)...), 0),
		"longer-than-max": bytes.Repeat([]byte{1}, MaxUsage+1),
	}
}

func TestMalformedUsageIsRefused(t *testing.T) {
	l, now := New(Options{}), time.Now()
	for name, b := range refused() {
		if err := l.Merge("b", b, now); err == nil || !strings.Contains(err.Error(), `usage of node "b"`) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, node := range []string{"", strings.Repeat("n", 256)} {
		if err := l.Merge(node, []byte{version}, now); err == nil {
			t.Errorf("node name of %d bytes was taken", len(node))
		}
	}
	if got := len(*l.peers.Load()); got != 0 {
		t.Errorf("peers: got %d, want 0", got)
	}
}

// A location has a bound on its nodes; those that are silent make room.
func TestPeersAreBounded(t *testing.T) {
	l, now := New(Options{}), time.Now()
	for i := range maxPeers {
		if err := l.Merge(fmt.Sprint(i), []byte{version}, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Merge("one more", []byte{version}, now); err == nil {
		t.Error("one more was taken")
	}
	if err := l.Merge("0", []byte{version}, now); err != nil {
		t.Errorf("a known one again: %v", err)
	}
	if err := l.Merge("one more", []byte{version}, now.Add(silence)); err != nil {
		t.Errorf("after a second of silence: %v", err)
	}
	if got := len(*l.peers.Load()); got != 1 {
		t.Errorf("peers: got %d, want the one", got)
	}
}

// A Usage is bounded, and what is left out is what is furthest from its limit.
func TestUsageIsBounded(t *testing.T) {
	l, now := New(Options{Keys: maxKeys}), time.Now()
	for i := range 20_000 {
		l.Take(fmt.Sprint("quiet", i), 1000, time.Hour, 1, now)
	}
	for i := range 100 {
		l.Take(fmt.Sprint("busy", i), 1000, time.Hour, 900, now)
	}
	b := l.Usage(now)
	if len(b) > MaxUsage || len(b) < MaxUsage/4 {
		t.Errorf("usage: got %d bytes, want up to %d", len(b), MaxUsage)
	}
	uses, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	busy := 0
	for _, u := range uses {
		if u.used == 900 {
			busy++
		}
	}
	if busy != 100 {
		t.Errorf("busy keys told: got %d, want 100", busy)
	}
}

func FuzzMerge(f *testing.F) {
	f.Add(encode([]said{{use: use{hash: 5, used: 3, spare: 2, demand: 1}}, {use: use{hash: 9}}}))
	l := New(Options{})
	f.Fuzz(func(t *testing.T, b []byte) {
		now := time.Now()
		if err := l.Merge("b", b, now); err != nil {
			return
		}
		uses := (*l.peers.Load())[0].uses
		all := make([]said, len(uses))
		for i, u := range uses {
			all[i] = said{use: u}
		}
		again, err := decode(encode(all))
		if diff := cmp.Diff(uses, again, cmp.AllowUnexported(use{})); err != nil || diff != "" {
			t.Errorf("%v (-taken +again):\n%s", err, diff)
		}
		l.Take("k", 10, time.Second, 1, now)
		if own := l.Usage(now); len(own) > MaxUsage {
			t.Errorf("usage: %d bytes", len(own))
		}
	})
}

// The corpus is what TestMalformedUsageIsRefused takes, one file a defect.
func TestCorpus(t *testing.T) {
	for name, b := range refused() {
		if len(b) > 100 {
			continue
		}
		path := filepath.Join("testdata", "fuzz", "FuzzMerge", name)
		want := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", b)
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", path, got, err, want)
		}
	}
}
