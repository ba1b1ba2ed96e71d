package backend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// sessionValue is what a pool's cookie says of a member: nobody without the key
// can tell or make it.
func sessionValue(key []byte, pool, backend string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("session\x00" + strings.ToLower(pool) + "\x00" + strings.ToLower(backend)))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// session returns the value of the pool's cookie in a call; "": none.
func (p *pool) session(r *http.Request, c *Call) string {
	if p.cookie == "" || c.Session != "" {
		return c.Session
	}
	cookie, err := r.Cookie(p.cookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// keep asks the client to come back to m, where it does not say so itself. secure
// says that it came by https.
func (p *pool) keep(res *http.Response, m *member, session string, secure bool) {
	if p.cookie == "" || session == m.session {
		return
	}
	if res.Header == nil {
		res.Header = http.Header{}
	}
	cookie := http.Cookie{Name: p.cookie, Value: m.session, Path: "/", HttpOnly: true, Secure: secure}
	res.Header.Add("Set-Cookie", cookie.String())
}
