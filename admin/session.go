package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"sync"
	"time"

	"meridian/admin/api"
)

const (
	maxSessions = 256
	sessionIdle = 15 * time.Minute // without a request
	sessionLife = 8 * time.Hour
	// csrfHeader carries a session's second secret, which a page of another site
	// cannot know, on requests that change something.
	csrfHeader = "Meridian-Csrf"
)

// sessions are those of the status page: a cookie in place of the token it was
// begun with. A session is bound to the address it was begun from and to the
// token: it ends when the token does.
type sessions struct {
	mu   sync.Mutex
	live map[[sha256.Size]byte]*session // by hash of the cookie
}

type session struct {
	bearer string
	source string // of the caller
	csrf   string
	begun  time.Time
	used   time.Time
}

func newSessions() *sessions { return &sessions{live: map[[sha256.Size]byte]*session{}} }

// begin makes a session for a token that was found good. At the limit, the one
// not used for longest ends.
func (s *sessions) begin(bearer, source string) (cookie string) {
	cookie = rand.Text()
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.live) >= maxSessions {
		s.drop(now)
	}
	s.live[sha256.Sum256([]byte(cookie))] = &session{bearer: bearer, source: source, csrf: rand.Text(), begun: now, used: now}
	return cookie
}

// drop ends the sessions that are over, and else the one not used for longest.
// Callers hold mu.
func (s *sessions) drop(now time.Time) {
	var oldest [sha256.Size]byte
	for key, one := range s.live {
		if one.over(now) {
			delete(s.live, key)
			continue
		}
		if held, ok := s.live[oldest]; !ok || one.used.Before(held.used) {
			oldest = key
		}
	}
	if len(s.live) >= maxSessions {
		delete(s.live, oldest)
	}
}

func (o *session) over(now time.Time) bool {
	return now.Sub(o.used) > sessionIdle || now.Sub(o.begun) > sessionLife
}

// end ends a request's session.
func (s *sessions) end(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, cookieOf(r))
}

// find returns a request's session; false where it has none, or no longer.
func (s *sessions) find(r *http.Request) (session, bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := cookieOf(r)
	one, ok := s.live[key]
	if !ok || one.source != callerOf(r.Context()).source {
		return session{}, false
	}
	if one.over(now) {
		delete(s.live, key)
		return session{}, false
	}
	one.used = now
	return *one, true
}

// identify returns whose session a request belongs to, by asking about its
// token again.
func (s *sessions) identify(r *http.Request, g *gate) (p Principal, found bool, err error) {
	one, ok := s.find(r)
	if !ok || g.tokens == nil {
		return Principal{}, false, nil
	}
	p, err = g.tokens.Authenticate(r.Context(), one.bearer)
	var known *api.Error
	switch {
	case errors.As(err, &known) && known.Kind == api.Unauthorized:
		s.end(r)
		return Principal{}, false, nil
	case err != nil:
		return Principal{}, true, err
	case changes(r) && !one.signs(r):
		return Principal{}, true, api.Errorf(api.Forbidden, "header %s: want the one of this session's page", csrfHeader)
	}
	return Principal{Name: "token:" + p.Name, Role: p.Role}, true, nil
}

// signs reports whether a request comes from a page of this session.
func (o *session) signs(r *http.Request) bool {
	return r.URL.Path == logoutPath || subtle.ConstantTimeCompare([]byte(o.csrf), []byte(r.Header.Get(csrfHeader))) == 1
}

// changes reports whether a request is meant to change something.
func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead
}

// cookieName returns the session cookie's name: over TLS one that browsers take
// from this very host only.
func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-meridian"
	}
	return "meridian"
}

// cookieOf returns the key of a request's session.
func cookieOf(r *http.Request) [sha256.Size]byte {
	cookie, err := r.Cookie(cookieName(r))
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256([]byte(cookie.Value))
}

// writeCookie hands a session's cookie out, or takes it back where it is empty.
func writeCookie(w http.ResponseWriter, r *http.Request, value string) {
	c := &http.Cookie{
		Name: cookieName(r), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil, MaxAge: int(sessionLife.Seconds()),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// Paths of the status page's sessions.
const (
	loginPath  = "/login"
	logoutPath = "/logout"
)
