package admin

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"meridian/admin/api"
)

// holding is a request with a session's cookie, from an address.
func holding(cookie, source string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "meridian", Value: cookie})
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, &caller{source: source}))
}

// TestSessionEnds: without a request, in the end, and at another address.
func TestSessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSessions()
		begin := func() string { return s.begin("token", "192.0.2.1") }
		alive := func(cookie string) bool { _, ok := s.find(holding(cookie, "192.0.2.1")); return ok }
		idle := begin()
		time.Sleep(sessionIdle)
		if !alive(idle) {
			t.Error("ended while it might be idle")
		}
		time.Sleep(sessionIdle + time.Second)
		if alive(idle) {
			t.Error("goes on after it was idle")
		}
		busy, since := begin(), time.Now()
		for time.Since(since) < sessionLife {
			if !alive(busy) {
				t.Fatalf("ended after %v in use", time.Since(since))
			}
			time.Sleep(10 * time.Minute)
		}
		time.Sleep(time.Second)
		if alive(busy) {
			t.Error("goes on after its life")
		}
		if _, ok := s.find(holding(begin(), "192.0.2.2")); ok {
			t.Error("goes on at another address")
		}
	})
}

// TestSessionsAreBounded: the one not used for longest goes.
func TestSessionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSessions()
		first, second := s.begin("token", "a"), ""
		for i := range maxSessions + 5 {
			time.Sleep(time.Second)
			if i == 0 {
				second = s.begin("token", "a")
			} else {
				s.begin("token", "a")
			}
			s.find(holding(first, "a"))
		}
		if len(s.live) != maxSessions {
			t.Errorf("got %d sessions, want %d", len(s.live), maxSessions)
		}
		if _, ok := s.find(holding(first, "a")); !ok {
			t.Error("the one in use has gone")
		}
		if _, ok := s.find(holding(second, "a")); ok {
			t.Error("the one not used for longest is there")
		}
	})
}

// TestCurve: few points, many, and such that are none.
func TestCurve(t *testing.T) {
	for name, points := range map[string][]api.DrillPoint{
		"none": nil, "one": {{Second: 1}}, "no time": {{Second: 1}, {Second: 1}}, "not a number": {{Second: math.NaN()}, {Second: math.NaN()}},
	} {
		if got := newCurve(points); got != nil {
			t.Errorf("%s: got %+v, want nothing to draw", name, got)
		}
	}
	got := newCurve([]api.DrillPoint{{Second: -10, Answers: 1, Arrivals: math.Inf(1)}, {Second: 0, Answers: 0.5, Arrivals: math.NaN(), Errors: 3}, {Second: 10, Answers: -1}})
	if want := "0.0,0.0 320.0,80.0 640.0,160.0"; got.Answers != want {
		t.Errorf("answers: got %q, want %q", got.Answers, want)
	}
	if want := "0.0,0.0 320.0,160.0 640.0,160.0"; got.Arrivals != want {
		t.Errorf("arrivals: got %q, want %q", got.Arrivals, want)
	}
	if len(got.Errors) != 1 || got.Errors[0] != 320 || got.Start != 320 || !strings.Contains(got.Text, "3 requests failed") {
		t.Errorf("got %+v, want errors and start in the middle", got)
	}
	var many []api.DrillPoint
	for i := range 100_000 {
		many = append(many, api.DrillPoint{Second: float64(i), Errors: 1})
	}
	got = newCurve(many)
	if n := strings.Count(got.Answers, ","); n > curvePoints || n < curvePoints/2 || !strings.Contains(got.Text, "100000 requests failed") {
		t.Errorf("100000 points: got %d drawn, %q, want at most %d and every error counted", n, got.Text, curvePoints)
	}
}
