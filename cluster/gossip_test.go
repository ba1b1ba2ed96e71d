package cluster

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"
)

func TestLettersRoundTrip(t *testing.T) {
	items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) item {
		return item{Kind(rapid.StringN(0, 32, 32).Draw(t, "kind")), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "body")}
	}), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		id := IDOf(ed25519.PublicKey(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")))
		h := hello{
			from: id, packet: rapid.Bool().Draw(t, "packet"), sums: items.Draw(t, "sums"),
			heard: time.Duration(rapid.IntRange(-1, never-1).Draw(t, "heard")) * time.Second,
		}
		if h.heard < 0 {
			h.heard = -1
		}
		d := digests{from: id, answer: rapid.Bool().Draw(t, "answer"), all: items.Draw(t, "digests")}
		gotHello, ok := parseHello(h.letter()[1:])
		if !ok || fmt.Sprint(gotHello) != fmt.Sprint(h) {
			t.Fatalf("hello %v came back as %v, %v", h, gotHello, ok)
		}
		gotDigests, ok := parseDigests(d.letter()[1:])
		if !ok || fmt.Sprint(gotDigests) != fmt.Sprint(d) {
			t.Fatalf("digests %v came back as %v, %v", d, gotDigests, ok)
		}
		gotItems, ok := cutItems(recordsLetter(d.all...)[1:])
		if !ok || fmt.Sprint(gotItems) != fmt.Sprint(d.all) {
			t.Fatalf("records %v came back as %v, %v", d.all, gotItems, ok)
		}
	})
}

// quiet is a State that takes what begins with a letter, and panics at "!".
type quiet struct {
	mu   sync.Mutex
	held []string
}

func (q *quiet) Digest() []byte { return []byte(strings.Join(q.all(), ",")) }

func (q *quiet) Delta([]byte, int) (out [][]byte) {
	for _, s := range q.all() {
		out = append(out, []byte(s))
	}
	return out
}

func (q *quiet) Merge(m []byte) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(m) == 0:
		return false, ErrMalformed
	case m[0] == '!':
		panic("a bug")
	case slices.Contains(q.held, string(m)):
		return false, nil
	}
	q.held = append(q.held, string(m))
	slices.Sort(q.held)
	return true, nil
}

func (q *quiet) all() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.held)
}

func testGossip(t testing.TB) (*gossip, *quiet) {
	t.Helper()
	q := &quiet{}
	o := Options{Identity: testIdentity(t, 1), States: map[Kind]State{"q": q}}.withDefaults()
	return newGossip(o), q
}

func FuzzLetter(f *testing.F) {
	id := IDOf(make(ed25519.PublicKey, 32))
	f.Add(recordsLetter(item{"q", []byte("a")}, item{"other", []byte("b")}))
	f.Add(hello{from: id, sums: []item{{"q", []byte("12345678")}}}.letter())
	f.Add(digests{from: id, answer: true, all: []item{{"q", nil}}}.letter())
	f.Add([]byte{letterRecords, 1, 'q', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, letter []byte) {
		g, q := testGossip(t)
		g.read(letter)
		if len(letter) > 0 && letter[0] != letterRecords && len(q.all()) > 0 {
			t.Errorf("%x put %q into a state", letter, q.all())
		}
	})
}

func TestOddLetters(t *testing.T) {
	tests := []struct {
		name   string
		letter []byte
		reason string
		held   []string
	}{
		{"records", recordsLetter(item{"q", []byte("a")}, item{"q", []byte("b")}), "", []string{"a", "b"}},
		{"unknown kind", recordsLetter(item{"x", []byte("a")}), "", nil},
		{"unknown letter", []byte{77, 1, 2}, "", nil},
		{"nothing", nil, "", nil},
		{"cut", recordsLetter(item{"q", []byte("abc")})[:4], "malformed", nil},
		{"second cut", recordsLetter(item{"q", []byte("a")}, item{"q", []byte("b")})[:7], "malformed", []string{"a"}},
		{"refused", recordsLetter(item{"q", nil}, item{"q", []byte("b")}), "malformed", []string{"b"}},
		{"short hello", []byte{letterHello, 1}, "malformed", nil},
		{"short digests", []byte{letterDigests, 1}, "malformed", nil},
		{"bug", recordsLetter(item{"q", []byte("!")}), "panic", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, q := testGossip(t)
			g.read(test.letter)
			if diff := cmp.Diff(test.held, q.all()); diff != "" {
				t.Errorf("held (-want +got):\n%s", diff)
			}
			for _, reason := range []string{"malformed", "panic"} {
				want := 0.0
				if reason == test.reason {
					want = 1
				}
				if got := testutil.ToFloat64(g.metrics.refusedRecords.WithLabelValues(reason)); got != want {
					t.Errorf("%v refused as %s, want %v", got, reason, want)
				}
			}
		})
	}
}

func TestInboxDropsTheOldest(t *testing.T) {
	in := newInbox()
	for i := range inboxLetters + 3 {
		in.put([]byte(fmt.Sprint(i)))
	}
	if n, dropped := in.depth(); n != inboxLetters || dropped != 3 {
		t.Errorf("%d wait and %d are dropped, want %d and 3", n, dropped, inboxLetters)
	}
	if all := in.take(); string(all[0]) != "3" {
		t.Errorf("the oldest that waits is %s, want 3", all[0])
	}
	for range 5 {
		in.put(make([]byte, inboxBytes/4))
	}
	if n, _ := in.depth(); n != 4 {
		t.Errorf("%d letters of a quarter of the room wait, want 4", n)
	}
}

func TestOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, id, o := NewLedger("contoso", stampLaw()), testIdentity(t, 1), newOutbox()
		write := func(key string, n uint64) []byte {
			m, _, err := l.Write(id, key, Version{1, n}, make([]byte, 100))
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		o.put(pack(stampKind, write("a", 1), 2), true)
		time.Sleep(10 * time.Second)
		o.put(pack(stampKind, write("b", 1), 3), true)
		newest := write("a", 2)
		o.put(pack(stampKind, newest, 2), true)
		if n, _ := o.depth(); n != 2 || len(o.takeFresh()) != 2 {
			t.Errorf("%d records wait, want 2: the newer takes the place of the older", n)
		}
		time.Sleep(5 * time.Second)
		sent := map[string]int{}
		for range 10 {
			for _, letter := range o.next(3, 400) {
				items, ok := cutItems(letter[1:])
				age, raw, err := cutMessage(items[0].body)
				if !ok || err != nil || age != 5*time.Second {
					t.Fatalf("sent %v, age %v, %v: want an age of 5s", ok, age, err)
				}
				r, err := parseRecord(raw)
				if err != nil {
					t.Fatal(err)
				}
				sent[fmt.Sprint(r.Key, r.Version.Minor)]++
			}
		}
		if diff := cmp.Diff(map[string]int{"a2": 2, "b1": 3}, sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		for i := range outboxRecords + 5 {
			o.put(&parcel{raw: []byte{byte(i)}, age: -1, left: 1}, false)
		}
		if n, dropped := o.depth(); n != outboxRecords || dropped != 5 {
			t.Errorf("%d wait and %d are dropped, want %d and 5", n, dropped, outboxRecords)
		}
	})
}

// What an outbox hands out keeps within the room it is given.
func TestOutboxKeepsWithinTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := newOutbox()
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			o.put(pack("q", make([]byte, rapid.IntRange(1, maxGossiped).Draw(t, "size")), 3), false)
		}
		overhead, limit := rapid.IntRange(0, 10).Draw(t, "overhead"), rapid.IntRange(0, 1400).Draw(t, "limit")
		used := 0
		for _, letter := range o.next(overhead, limit) {
			used += len(letter) + overhead
		}
		if used > limit {
			t.Fatalf("%d bytes for a limit of %d", used, limit)
		}
	})
}

func TestCouriers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		abroad, most := 0, 0
		c := newCouriers(func(to NodeID, letter []byte) error {
			mu.Lock()
			abroad++
			most = max(most, abroad)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			abroad--
			got = append(got, string(to)+string(letter[:min(len(letter), 8)]))
			if to == "gone" {
				return errors.New("gone")
			}
			return nil
		})
		c.post("a", "", []byte("1"))
		synctest.Wait() // on its way
		c.post("a", "x", []byte("2"))
		c.post("a", "", []byte("3"))
		c.post("a", "x", []byte("4")) // takes the place of 2
		c.post("gone", "", []byte("1"))
		synctest.Wait()
		c.post("gone", "", []byte("2"))
		time.Sleep(5 * time.Second)
		mu.Lock()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"a1", "a3", "a4", "gone1"}, got); diff != "" {
			t.Errorf("brought (-want +got):\n%s", diff)
		}
		if _, dropped := c.depth(); dropped != 1 {
			t.Errorf("%d dropped, want the one behind the failure", dropped)
		}
		got, most = nil, 0
		mu.Unlock()
		for i := range maxCouriers + 10 {
			c.post(NodeID(fmt.Sprint(i)), "", []byte("x"))
		}
		c.post("0", "", make([]byte, courierBytes))
		c.post("0", "", []byte("last"))
		if fullest, dropped := c.depth(); fullest > courierBytes || dropped < 11 {
			t.Errorf("the fullest bag has %d bytes, %d letters are dropped; want at most %d, at least 11", fullest, dropped, courierBytes)
		}
		synctest.Wait() // as many as may are on their way
		c.shut()
		c.post("late", "", []byte("x"))
		c.wg.Wait()
		if most != maxAbroad {
			t.Errorf("%d streams at once, want %d", most, maxAbroad)
		}
		if slices.Contains(got, "latex") {
			t.Errorf("brought something after the end")
		}
	})
}

func TestKeyRing(t *testing.T) {
	a, b := slices.Repeat([]byte{1}, 16), slices.Repeat([]byte{2}, 32)
	r, err := newKeyRing([][]byte{a})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, err, want error, keys ...[]byte) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
		var prints []string
		for _, k := range keys {
			prints = append(prints, Fingerprint(k))
		}
		if diff := cmp.Diff(prints, r.Fingerprints()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	_, err = r.AddKey(make([]byte, 20))
	check("add a bad one", err, ErrBadKey, a)
	_, err = r.AddKey(b)
	check("add", err, nil, a, b)
	_, err = r.AddKey(b)
	check("add again", err, nil, a, b)
	check("remove what is in use", r.RemoveKey(Fingerprint(a)), ErrKeyInUse, a, b)
	check("use", r.UseKey(Fingerprint(b)), nil, b, a)
	check("use what is not there", r.UseKey("0123"), ErrUnknownKey, b, a)
	check("remove", r.RemoveKey(Fingerprint(a)), nil, b)
	check("remove again", r.RemoveKey(Fingerprint(a)), ErrUnknownKey, b)
	for i := range maxKeys - 1 {
		if _, err := r.AddKey(slices.Repeat([]byte{byte(10 + i)}, 24)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.AddKey(slices.Repeat([]byte{99}, 24)); !errors.Is(err, ErrManyKeys) {
		t.Errorf("one more than fits: got %v, want %v", err, ErrManyKeys)
	}
	if strings.Contains(strings.Join(r.Fingerprints(), ""), fmt.Sprintf("%x", b[:8])) {
		t.Errorf("a fingerprint shows the key")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	tests := []struct {
		name  string
		alter func(*Options)
		want  string
	}{
		{"no identity", func(o *Options) { o.Identity = nil }, "identity"},
		{"no label", func(o *Options) { o.Label = "" }, "label"},
		{"long label", func(o *Options) { o.Label = strings.Repeat("x", 256) }, "256 bytes: want 1 .. 255"},
		{"no key", func(o *Options) { o.Keys = nil }, "0 gossip keys: want 1 .. 8"},
		{"short key", func(o *Options) { o.Keys = [][]byte{make([]byte, 15)} }, "gossip key 1: gossip key: want 16, 24 or 32 bytes, got 15"},
		{"nothing of a kind", func(o *Options) { o.States = map[Kind]State{"k": nil} }, `kind "k"`},
		{"advertised name", func(o *Options) { o.Advertise = "example.com:1" }, `advertise "example.com:1": want ip:port`},
		{"advertised everywhere", func(o *Options) { o.Advertise = "0.0.0.0:7946" }, "advertise"},
		{"bad bind", func(o *Options) { o.Bind = "nowhere" }, "binding gossip"},
		{"bad streams", func(o *Options) { o.Streams = "nowhere" }, "listening for peer streams"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := Options{Label: "contoso", Identity: testIdentity(t, 1), Bind: "127.0.0.1:0", Streams: "127.0.0.1:0", Keys: [][]byte{make([]byte, 16)}}
			test.alter(&o)
			c, err := New(o)
			if err == nil {
				c.Shutdown(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// B12: somebody with the gossip key says that others are dead, and sends records
// with signatures that are not theirs. Nothing of it is taken.
func TestInsider(t *testing.T) {
	inBubble(t, 30, 4, func(t *testing.T, w *world) {
		w.startAll()
		w.within(5*time.Second, "whole", w.whole)
		w.nodes[0].write("k", 10)
		w.within(5*time.Second, "equal", w.equal)
		g := testGuard(t)
		p, err := w.net.Host("10.0.9.9").ListenPacket(":1")
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		message, _, err := NewLedger("contoso", stampLaw()).Write(w.nodes[1].id, "k", Version{9, 9}, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		forged := bytes.Clone(message)
		forged[len(forged)-70] ^= 1 // in the body
		victim := string(w.nodes[1].id.ID())
		for range 20 {
			for _, n := range w.nodes {
				to := n.cluster.transport.packets.LocalAddr()
				dead := slices.Concat([]byte{wireDead}, mpMap(3), mpText("Incarnation"), mpInt(1), mpText("Node"), []byte{0xd9, 32}, []byte(victim), mpText("From"), mpText("x"))
				p.WriteTo(g.sealed(dead), to)
				p.WriteTo(g.sealed(append([]byte{wireUser}, recordsLetter(item{stampKind, forged})...)), to)
			}
			time.Sleep(500 * time.Millisecond)
		}
		for i, n := range w.nodes {
			if got := n.top("k").version; got != (Version{0, 1}) {
				t.Errorf("node %d holds %v, want what was there", i, got)
			}
			if got := testutil.ToFloat64(n.cluster.gossip.metrics.refusedRecords.WithLabelValues("bad_signature")); got < 20 {
				t.Errorf("node %d counted %v bad signatures, want 20", i, got)
			}
		}
		w.within(time.Minute, "whole", w.whole)
	})
}

// The whole of it over the machine's own network, with TLS, logs and metrics.
func TestOverLoopback(t *testing.T) {
	var roster []Peer
	var mu sync.Mutex
	registered := func() []Peer {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(roster)
	}
	var all []*Cluster
	var ledgers []*Ledger[stamp]
	news := make(chan Kind, 64)
	registry := prometheus.NewPedanticRegistry()
	for i := range 3 {
		l := NewLedger("contoso", stampLaw())
		o := Options{
			Label: "contoso", Identity: testIdentity(t, byte(i+1)), Name: fmt.Sprintf("n%d", i), Bind: "127.0.0.1:0", Streams: "127.0.0.1:0",
			Keys: [][]byte{make([]byte, 32)}, States: map[Kind]State{stampKind: l}, Roster: registered, Logger: slog.New(newCounting()),
			Handlers: map[string]Handler{"echo": func(_ context.Context, from NodeID, body []byte) ([]byte, error) {
				return append([]byte(from+" "), body...), nil
			}},
		}
		if i == 0 {
			o.Registerer = registry
		} else {
			o.Join = []string{all[0].GossipAddr()}
		}
		if i == 2 {
			o.Changed = func(k Kind) { news <- k }
		}
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		roster = append(roster, Peer{ID: o.Identity.ID(), Key: o.Identity.Public(), Name: o.Name, Gossip: c.GossipAddr(), Streams: c.StreamsAddr()})
		mu.Unlock()
		all, ledgers = append(all, c), append(ledgers, l)
	}
	message, _, err := ledgers[0].Write(testIdentity(t, 1), "k", Version{1, 1}, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	for heard := false; !heard; {
		all[0].Broadcast(stampKind, message)
		select {
		case k := <-news:
			heard = k == stampKind
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			t.Fatalf("no news; members of the first: %+v", all[0].Members())
		}
	}
	self := testIdentity(t, 1).ID()
	got, err := all[0].Call(t.Context(), testIdentity(t, 3).ID(), "echo", []byte("hi"))
	if err != nil || string(got) != string(self)+" hi" {
		t.Errorf("call got %q and %v, want %q", got, err, string(self)+" hi")
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("metrics: %v, %v", problems, err)
	}
	if err := all[0].Start(); !errors.Is(err, ErrStopped) {
		t.Errorf("started twice: got %v, want %v", err, ErrStopped)
	}
	if err := all[2].Leave(t.Context()); err != nil {
		t.Errorf("leaving: %v", err)
	}
}

func TestLinesOfTheLibrary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newCounting()
		l := libraryLog(slog.New(log))
		for range 100 {
			l.Printf("[WARN] memberlist: Was able to connect to %s over TCP but UDP probes failed", "x")
			l.Printf("[DEBUG] memberlist: Stream connection")
			time.Sleep(100 * time.Millisecond)
		}
		if got := log.most(); got != 1 {
			t.Errorf("%d lines in a second, want 1", got)
		}
		if level, text := levelOf([]byte("[ERR] memberlist: oh: no\n")); level != slog.LevelWarn || text != "oh: no" {
			t.Errorf("read %v %q, want WARN %q", level, text, "oh: no")
		}
	})
}
