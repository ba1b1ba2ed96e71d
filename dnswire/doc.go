// Package dnswire owns DNS names, records read from zone-file text, and the
// wire form of both.
//
// It imports nothing else of this module. With dnsserver and resolver it is
// one of the three packages that may import miekg/dns; everybody else sees
// names and records as values of this package.
//
// Data flows one way:
//
//	configuration text ─► ParseName, ParseHostName ─► Name
//	zone-file text     ─► ParseRecords ─► []Record, or every defect with its line
//	Name, dns.RR       ─► AppendWire, RData ─► bytes of a prebuilt answer
//
// A Name is absolute and canonical, so that == compares names as RFC 4343
// wants: two spellings of one name are one string.
package dnswire
