// Package resolver asks recursive DNS servers for the addresses of names and
// keeps what they say: for backends, for targets of probes and for flattened
// endpoints. It does not recurse itself.
//
// It imports dnswire only. Its users see netip addresses, names and errors with
// a Kind; no type of miekg/dns leaves the package.
//
// Data flows one way:
//
//	Client      one question, one server ─► a checked message
//	servers     which server next
//	lookup      one family of one name: attempts, aliases, negative answers ─► result
//	family      PURE: result, now ─► what is known of one family, and when to ask again
//	Resolver    the cache: Lookup waits, Cached never does, Watch keeps names fresh
//
// A name keeps its addresses while its servers fail, for Options.StaleFor; and
// while it is answered negatively, until three answers in a row agree.
package resolver
