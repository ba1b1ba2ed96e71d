// Package dnstest is test support for what speaks DNS: queries written as one
// line, replies shown as text, cases read from files, and a client that sends
// octets as they are.
//
// It imports nothing else of this module. Replies are read by miekg/dns, so
// that what a test sees has passed another parser.
//
// Data flows one way:
//
//	"A api.gtm.test. +subnet=198.51.100.0/24" ─► Query ─► UDP, TCP ─► Show ─► text of a case
package dnstest
