package dnsserver

import (
	"encoding/binary"
	"net/netip"
)

// CookieSecret is a key of DNS cookies (RFC 9018 §4.4).
type CookieSecret [16]byte

// CookieSecrets are the keys a server accepts. All name servers of a zone share
// them. To roll a key: add the new one to Others everywhere, make it Current
// everywhere with the old one in Others, remove the old one after an hour.
type CookieSecrets struct {
	Current CookieSecret
	Others  []CookieSecret // at most 4
}

const (
	clientCookieSize = 8
	serverCookieSize = 16
	cookieSize       = clientCookieSize + serverCookieSize

	cookieMaxAge = 3600 // seconds (RFC 9018 §4.3)
	cookieFuture = 300
	cookieRenew  = 1800
)

// cookieHash computes the hash of a cookie whose client part, version, reserved
// octets and time stand in cookie[:16] (RFC 9018 §4.4).
func cookieHash(secret *CookieSecret, cookie []byte, client netip.Addr) uint64 {
	input := append(make([]byte, 0, 16+16), cookie[:16]...)
	input, _ = client.WithZone("").AppendBinary(input) // never fails
	return sipHash24((*[16]byte)(secret), input)
}

// makeCookie returns the cookie for a client at now, in seconds since 1970.
func (s *CookieSecrets) makeCookie(clientPart []byte, client netip.Addr, now uint32) (cookie [cookieSize]byte) {
	copy(cookie[:], clientPart[:clientCookieSize])
	cookie[8] = 1 // version
	binary.BigEndian.PutUint32(cookie[12:], now)
	binary.LittleEndian.PutUint64(cookie[16:], cookieHash(&s.Current, cookie[:], client))
	return cookie
}

// check reports whether option, the data of a cookie option, holds a server
// cookie of ours for this client that is neither too old nor from the future,
// and whether it is young enough to stay in use.
func (s *CookieSecrets) check(option []byte, client netip.Addr, now uint32) (valid, fresh bool) {
	if len(option) != cookieSize || option[8] != 1 {
		return false, false
	}
	age := int32(now - binary.BigEndian.Uint32(option[12:])) // serial arithmetic (RFC 1982)
	if age > cookieMaxAge || age < -cookieFuture {
		return false, false
	}
	hash := binary.LittleEndian.Uint64(option[16:])
	if hash == cookieHash(&s.Current, option, client) {
		return true, age <= cookieRenew
	}
	for i := range s.Others {
		if hash == cookieHash(&s.Others[i], option, client) {
			return true, false
		}
	}
	return false, false
}
