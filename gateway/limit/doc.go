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
// Between two exchanges a node may use its share of what the location has left,
// shares following demand, so that the location as a whole stays within ± 10 %.
// A peer that has not been heard for a second counts no longer: the limit is
// then local. Nothing here waits for a peer.
//
// Keys are held in shards, each with its own lock; a key whose window is empty
// is forgotten, and there are never more than Options.Keys of them.
package limit
