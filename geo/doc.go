// Package geo says where clients are: it produces the client table by which
// routing finds a client's geographic code and its nearest locations.
//
// What is known of an address comes in layers, each over the one before:
//
//	embedded country table  (iptoasn, public domain; country.bin, made by geo/gen)
//	mmdb files              (MaxMind, DB-IP and IPinfo layouts, in the order given)
//	special-purpose ranges  (private, reserved, Teredo: nothing is known)
//	6to4                    (2002::/16 repeats what is known of IPv4, by /16)
//	overrides by CIDR       (the operator's; the longest prefix wins)
//
// Open folds them into one step function per address family (steps), whose
// values are interned facts. Table joins that with measured latencies, ranks
// the places for every distinct fact, interns the results as classes and cuts
// the runs of equal class into CIDR blocks. Files are watched: a good new one
// is folded in and Options.Changed called, a bad one changes nothing.
//
// Of our packages it imports routing only. It alone imports maxminddb.
package geo
