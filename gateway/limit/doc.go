// Package limit counts calls by key for rate limits (azure.md §4.2 rate-limit
// and rate-limit-by-key), per location. It imports nothing of this module.
//
// Each key has a sliding window: at most calls in any period. One node counts
// exactly. The nodes of one location tell each other every 200 ms what each has
// used:
//
//	Take ─► counter ─► Verdict
//	Usage ─► (peer stream) ─► the other node's Merge
//
// Between two exchanges a node holds a claim: how many calls it may have in the
// window. Peers take a claim for used, so the claims of all stay within the
// limit however the exchanges interleave, and follow demand from one exchange to
// the next. The location as a whole stays within ± 10 % of the limit where the
// period is two seconds or more (a call per node where that is more). What it
// costs: a burst at one node on a key nobody used before passes up to that
// node's part of the limit only, until its peers have heard of it (half a
// second).
//
// A peer that has not been heard for a second counts no longer: the limit is
// then local. Nothing here waits for a peer.
//
// Keys are held in shards, each with its own lock; a key whose window is empty
// is forgotten, and there are never more than Options.Keys of them.
package limit
