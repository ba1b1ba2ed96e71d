// Package backend owns what a request is sent to: backends with their breakers,
// addresses and connections, pools that choose among them, attempts and the
// built-in repetition.
//
// It imports gateway/breaker, and of gateway/h1 the errors only: names are looked
// up by Options.Names, connections are used by Options.Transport.
//
//	Config ─Build─► Set ─Find, At─► Target ─Do─► pool: member whose breaker admits
//	                                              └► backend: address that is not ejected
//	                                                  └► RoundTripper of the address ─► answer
//
// A Set is one immutable generation. Behind it stand parts with a life of their
// own, kept by identity over plans: the circuit (breaker, orders), the origin
// (addresses, ejections, connections), the rotor of a pool's schedule.
package backend
