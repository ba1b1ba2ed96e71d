// Package healthprobe finds out which targets are alive.
//
// It owns the probers (HTTP, HTTPS, TCP; azure.md §1.9), the schedule, the
// tracker that turns results into verdicts, the references by which a prober
// judges itself, the rows in which observers tell each other what they see, and
// the quorum that makes one verdict of many rows. It imports routing for its
// words and nothing else of this module: names are looked up through a Resolver
// that is passed in.
//
// Data flows one way:
//
//	schedule ─► Prober.Probe ─► Result ─► Tracker.Observe ─► Transition    on this node
//	trackers + references ─► Row ─► (gossip) ─► Council.Hear               between nodes
//	rows ─► Ballots ─► Quorum ─► Ruling                                    what answers follow
//
// Tracker, Quorum and Council are pure: now is an argument, changes are return
// values. Monitor is the shell around them; it owns every goroutine and waits
// for each in Shutdown, and never calls out while it holds its lock.
//
// Three rules run through everything here. A failure needs a cause with a name
// (Reason). What is not known is never a failure: a name that does not resolve,
// or a fault of this machine, keeps the last verdict. And a prober suspects
// itself first: bad news that the target did not tell us with its own packets
// is checked against references before it counts.
package healthprobe
