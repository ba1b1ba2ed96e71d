// Package record owns what passes between the front of the gateway and what
// serves a request behind it, besides the request and its answer: a Record,
// which who serves fills in and the access log shows, and Refusal, an error
// that says how it is to be answered; and which methods both refuse.
//
// It imports nothing of ours. The front puts a Record into the context of each
// request (With); the packages behind it take it out (Of) and write its fields
// until their RoundTrip has returned.
package record
