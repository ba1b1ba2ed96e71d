package demo

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func clock(t time.Time) string { return t.Local().Format("15:04:05.000") }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// since writes how long after the change an instant was.
func (f *failover) since(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return seconds(max(t.Sub(f.at), 0)) // the clock of a probe may be read a little before ours
}

// write writes what was measured.
func (f *failover) write(w io.Writer) {
	probe := map[string]string{"stop": "first failed probe", "start": "first good probe"}[f.verb]
	t := tabwriter.NewWriter(w, 0, 8, 3, ' ', 0)
	say(t, "  seen at\t%s\tverdict %s\tfirst changed answer", probe, f.verdict())
	for i := range f.seen {
		s := &f.seen[i]
		say(t, "  %s\t%s\t%s\t%s", s.server.Display, f.since(s.firstProbe), f.since(s.verdict), f.since(s.changed))
	}
	_ = t.Flush() // whoever reads has gone
	say(w, "  promised  %s", f.arithmetic())
	say(w, "  measured  %s", f.measured())
	f.writeClients(w)
}

// arithmetic writes the promise with what it is made of.
func (f *failover) arithmetic() string {
	if f.verb == "stop" {
		return fmt.Sprintf("interval %s x (tolerated %d + 1) + timeout %s + nodes agree %s%s = at most %s",
			seconds(probeInterval), probeTolerated, seconds(probeTimeout), seconds(agreeTime), f.silence(), seconds(f.promise()))
	}
	return fmt.Sprintf("interval %s + timeout %s + hold-down %s where it flaps + nodes agree %s%s = at most %s",
		seconds(probeInterval), seconds(probeTimeout), seconds(probeHoldDown), seconds(agreeTime), f.silence(), seconds(f.promise()))
}

// silence is the part of the promise that comes from a node that was lost before.
func (f *failover) silence() string {
	if f.stale == 0 {
		return ""
	}
	return " + the last vote of the node lost before " + seconds(f.stale)
}

// measured writes the slowest server's time beside the promise.
func (f *failover) measured() string {
	last := slices.MaxFunc(f.seen, func(a, b sighting) int { return a.changed.Compare(b.changed) }).changed
	if last.IsZero() && f.why != "" {
		return "no answer changed: " + f.why
	}
	if err := f.broken(); err != nil {
		return "PROMISE BROKEN: " + err.Error()
	}
	return fmt.Sprintf("at most %s at all servers; resolvers may keep an old answer %s longer (ttl)", f.since(last), seconds(answerTTL))
}

// writeClients writes where the clients of the location, and those that moved,
// are sent now, by the first server, and whether the others agree.
func (f *failover) writeClients(w io.Writer) {
	now := map[netip.Addr][]string{}
	seen := &f.seen[0]
	for i, c := range f.clients {
		if seen.after[i] != seen.before[i] || slices.Contains(f.living, c) {
			now[seen.after[i]] = append(now[seen.after[i]], c.Code)
		}
	}
	var parts []string
	for _, p := range places() {
		if len(now[p.Addr]) > 0 {
			parts = append(parts, fmt.Sprintf("%s (%s)", p.Display, strings.Join(now[p.Addr], " ")))
		}
	}
	agree := "all servers agree"
	for i := range f.seen {
		if !slices.Equal(f.seen[i].after, seen.after) {
			agree = "the servers do not agree yet"
		}
	}
	say(w, "  %s now get %s; %s", f.whom(), strings.Join(parts, ", "), agree)
}

// whom says whose answers are told.
func (f *failover) whom() string {
	var codes []string
	for _, c := range f.living {
		codes = append(codes, c.Code)
	}
	who := "clients that live there (" + strings.Join(codes, " ") + ")"
	if f.verb == "start" {
		who += " and those that moved"
	}
	return who
}
