//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"meridian/admin/api"
)

// roundsEnv sets how often each test with rounds goes round; 30 without.
const roundsEnv = "MERIDIAN_E2E_ROUNDS"

func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv(roundsEnv)
	if text == "" {
		return 30
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 10000 {
		t.Fatalf("%s=%q: want 1 .. 10000", roundsEnv, text)
	}
	return n
}

// on is the state of a location that is on; one that is off has the reason of
// the order that switched it off.
const on = ""

// order is what was asked of a location: a reason to be off, or on.
type order struct {
	location string
	reason   string // on: to be enabled
	read     bool   // nothing was asked: a region's view was read
}

// outcome is how an order ended.
type outcome struct {
	state   string // of a read
	unknown bool   // it may have been carried out or not
}

// register is what a location's switch may do: one register for each location.
func register() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			by := map[string][]porcupine.Operation{}
			for _, o := range history {
				at := o.Input.(order).location
				by[at] = append(by[at], o)
			}
			var out [][]porcupine.Operation
			for _, part := range by {
				out = append(out, part)
			}
			return out
		},
		Init: func() []any { return []any{on} },
		Step: func(state, input, output any) []any { return step(state.(string), input.(order), output.(outcome)) },
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%+v -> %+v", input, output)
		},
	}
	return m.ToModel()
}

// step returns what a register may hold after an order.
func step(state string, in order, out outcome) []any {
	switch {
	case in.read && state == out.state:
		return []any{state}
	case in.read:
		return nil
	case out.unknown:
		return []any{state, in.reason}
	}
	return []any{in.reason}
}

// history records what several clients order.
type history struct {
	c     *cluster
	begin time.Time

	mu    sync.Mutex
	ops   []porcupine.Operation
	open  []int // of ops: those that may take effect until all is quiet
	given int
	sent  int
	fails map[string]int
}

func (h *history) now() int64 { return time.Since(h.begin).Nanoseconds() }

// send orders something at a region drawn at random and records how it ended.
func (h *history) send(t *testing.T, worker int) {
	h.mu.Lock()
	h.given++
	in := order{location: h.c.regions[rand.IntN(2)].id}
	if rand.IntN(2) == 0 {
		in.reason = fmt.Sprintf("order %d", h.given)
	}
	h.mu.Unlock()
	r := h.c.regions[rand.IntN(len(h.c.regions))]
	call := h.now()
	status, change, err := r.patch(t, in)
	h.record(porcupine.Operation{ClientId: worker, Input: in, Call: call, Return: h.now()}, status, change, err)
}

// patch gives an order once: what breaks is not tried again.
func (r *region) patch(t *testing.T, in order) (status int, change api.Change, err error) {
	body := fmt.Sprintf(`{"disableGateway": %t, "reason": %q, "bypass": ["degraded", "relay"]}`, in.reason != on, orText(in.reason, "enable"))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "http://localhost/v1/locations/"+in.location+"?timeout=5s", strings.NewReader(body))
	if err != nil {
		return 0, change, err
	}
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{
		DisableKeepAlives: true, ResponseHeaderTimeout: 10 * time.Second,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", r.path("admin.sock"))
		},
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, change, err
	}
	defer func() { _ = resp.Body.Close() }() // read only
	return resp.StatusCode, change, json.NewDecoder(resp.Body).Decode(&change)
}

// record notes how an order ended. A refused one has not happened; one whose
// answer is missing may have; one that has not reached all regions takes effect
// there until all is quiet.
func (h *history) record(op porcupine.Operation, status int, change api.Change, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		h.fails["not sent"]++
		return
	case err != nil, status >= 500:
		op.Output = outcome{unknown: true}
		h.open = append(h.open, len(h.ops))
		h.fails["unknown"]++
	case status >= 400:
		h.fails[fmt.Sprintf("refused with %d", status)]++
		return
	case change.Noop: // it wrote nothing: a look at one region, which may be behind
		h.sent++
		return
	default:
		op.Output = outcome{}
		if len(change.Applied) < len(h.c.regions) {
			h.open = append(h.open, len(h.ops))
		}
	}
	h.sent++
	h.ops = append(h.ops, op)
}

// quiet waits until all regions hold the same, and records what.
func (h *history) quiet(t *testing.T) {
	t.Helper()
	eventually(t, startTime, "all regions holding the same", func() (bool, string) {
		seen := make([]string, len(h.c.regions))
		for i, r := range h.c.regions {
			seen[i] = r.layers(t)
		}
		return !slices.ContainsFunc(seen, func(s string) bool { return s != seen[0] || s == "" }), strings.Join(seen, "\n")
	})
	for _, i := range h.open {
		h.ops[i].Return = h.now()
	}
	h.open = nil
	for i, r := range h.c.regions {
		for _, of := range h.c.regions[:2] {
			call := h.now()
			state := r.state(t, of.id)
			h.ops = append(h.ops, porcupine.Operation{
				ClientId: 100 + i, Input: order{location: of.id, read: true}, Call: call, Output: outcome{state: state}, Return: h.now(),
			})
		}
	}
}

// layers spells what a region holds of all locations' switches.
func (r *region) layers(t *testing.T) string {
	all, err := r.api.Locations(t.Context())
	if err != nil {
		return ""
	}
	out := ""
	for _, l := range all.Locations {
		out += fmt.Sprintf("%s %t", l.ID, l.DisableGateway)
		for _, s := range l.Settings {
			for _, layer := range s.Layers {
				out += fmt.Sprintf(" %s=%s", layer.ID, layer.Value)
			}
		}
		out += "; "
	}
	return out
}

// state is what a region says of a location, as the register holds it.
func (r *region) state(t *testing.T, location string) string {
	t.Helper()
	l, err := r.api.Location(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	if !l.DisableGateway {
		return on
	}
	return l.Settings[0].Intent.Reason
}

// TestToggleHistory kills and restarts each region in turn while three clients
// switch locations: what all regions hold afterwards is what some order of the
// accepted calls leaves, none of them left out (faults.md B7).
func TestToggleHistory(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{})
	h := &history{c: c, begin: time.Now(), fails: map[string]int{}}
	h.quiet(t)
	for i := range rounds(t) {
		h.round(t, c.regions[i%len(c.regions)])
		if result, info := porcupine.CheckOperationsVerbose(register(), h.ops, 2*time.Minute); result != porcupine.Ok {
			h.show(t, info)
			t.Fatalf("round %d: orders explain what the regions hold: %s, want %s", i, result, porcupine.Ok)
		}
	}
	t.Logf("%d rounds, %d orders; of unknown outcome or not carried out: %v", rounds(t), h.sent, h.fails)
}

// round kills a region in the middle of orders and starts it again.
func (h *history) round(t *testing.T, victim *region) {
	t.Helper()
	h.begins()
	stop := make(chan struct{})
	var workers sync.WaitGroup
	for w := range 3 {
		workers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					h.send(t, w)
				}
			}
		})
	}
	h.after(t, 15+rand.IntN(20))
	victim.kill()
	h.after(t, 15)
	victim.start(t)
	victim.ready(t)
	h.after(t, 10)
	close(stop)
	workers.Wait()
	h.quiet(t)
}

// begins starts a new history with what was read at the end of the last one, as
// if it had been ordered.
func (h *history) begins() {
	last := h.ops[len(h.ops)-2:]
	h.ops = nil
	for _, op := range last {
		was := order{location: op.Input.(order).location, reason: op.Output.(outcome).state}
		h.ops = append(h.ops, porcupine.Operation{Input: was, Call: op.Call, Output: outcome{}, Return: op.Return})
	}
}

// after waits until that many more orders have been carried out.
func (h *history) after(t *testing.T, more int) {
	t.Helper()
	h.mu.Lock()
	want := h.sent + more
	h.mu.Unlock()
	eventually(t, 3*startTime, "orders", func() (bool, string) {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.sent >= want, fmt.Sprint(h.sent)
	})
}

// show writes what of a history can be explained, and where that ends.
func (h *history) show(t *testing.T, info porcupine.LinearizationInfo) {
	t.Helper()
	for _, partials := range info.PartialLinearizationsOperations() {
		var longest []porcupine.Operation
		for _, p := range partials {
			if len(p) > len(longest) {
				longest = p
			}
		}
		t.Error(h.gap(longest))
	}
}

// gap spells the end of an explanation of one location's history, and what
// comes next and has no place in it.
func (h *history) gap(explained []porcupine.Operation) string {
	if len(explained) == 0 {
		return "nothing can be explained"
	}
	var rest []porcupine.Operation
	for _, op := range h.ops {
		there := slices.ContainsFunc(explained, func(e porcupine.Operation) bool { return e.Call == op.Call && e.ClientId == op.ClientId })
		if !there && op.Input.(order).location == explained[0].Input.(order).location {
			rest = append(rest, op)
		}
	}
	if len(rest) == 0 {
		return "all explained"
	}
	var b strings.Builder
	b.WriteString("explained, at the end:\n")
	spell(&b, explained[max(0, len(explained)-25):])
	b.WriteString("not explained:\n")
	spell(&b, rest[:min(25, len(rest))])
	return b.String()
}

func spell(b *strings.Builder, ops []porcupine.Operation) {
	for _, op := range ops {
		fmt.Fprintf(b, "%9.3f %9.3f  client %d %+v %+v\n", float64(op.Call)/1e9, float64(op.Return)/1e9, op.ClientId, op.Input, op.Output)
	}
}

// TestRegister checks the model: it accepts what may be and refuses what may
// not.
func TestRegister(t *testing.T) {
	op := func(in order, call int64, out outcome, ret int64) porcupine.Operation {
		in.location = "x"
		return porcupine.Operation{Input: in, Call: call, Output: out, Return: ret}
	}
	read := func(state string, at int64) porcupine.Operation {
		return op(order{read: true}, at, outcome{state: state}, at)
	}
	for _, c := range []struct {
		name string
		ops  []porcupine.Operation
		want bool
	}{
		{"the last one holds", []porcupine.Operation{op(order{reason: "a"}, 0, outcome{}, 1), op(order{}, 2, outcome{}, 3), read(on, 4)}, true},
		{"an accepted one is lost", []porcupine.Operation{op(order{}, 0, outcome{}, 1), op(order{reason: "a"}, 2, outcome{}, 3), read(on, 4)}, false},
		{"either of two at once", []porcupine.Operation{op(order{reason: "a"}, 0, outcome{}, 5), op(order{reason: "b"}, 1, outcome{}, 4), read("a", 6)}, true},
		{"an unknown one happened", []porcupine.Operation{op(order{reason: "a"}, 0, outcome{unknown: true}, 9), read("a", 10)}, true},
		{"an unknown one did not", []porcupine.Operation{op(order{reason: "a"}, 0, outcome{unknown: true}, 9), read(on, 10)}, true},
		{"one comes back", []porcupine.Operation{op(order{reason: "a"}, 0, outcome{}, 1), op(order{}, 2, outcome{}, 3), read(on, 4), read("a", 5)}, false},
		{"regions disagree", []porcupine.Operation{op(order{reason: "a"}, 0, outcome{}, 1), read("a", 2), read(on, 2)}, false},
	} {
		if got := porcupine.CheckOperations(register(), c.ops); got != c.want {
			t.Errorf("%s: got %t, want %t", c.name, got, c.want)
		}
	}
}
