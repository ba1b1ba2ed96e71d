package admin

import (
	"fmt"
	"net/http"
	"time"
)

// Limits bounds what callers may take. Zero fields mean the default.
type Limits struct {
	Header      int           // bytes of a request's header: 16 KiB
	Body        int64         // bytes of a request's body: 64 KiB
	Plan        int64         // bytes of a request's body that is a plan: 16 MiB
	ReadHeader  time.Duration // until the header is in: 5 s
	Read        time.Duration // until the whole request is in: 10 s
	Handle      time.Duration // until a source must have answered: 25 s
	Write       time.Duration // until the answer is out: 30 s
	StreamWrite time.Duration // until one write to an event stream is out: 5 s
	Idle        time.Duration // a kept connection without request: 60 s
	Heartbeat   time.Duration // between two lines of a silent stream: 15 s
	Connections int           // open at once, for each listener: 256
	Requests    int           // handled at once: 64; /healthz and /readyz do not count
	Streams     int           // event streams at once: 16
	Probes      int           // probes on demand at once: 4
	Changes     int           // changing requests a second, of one principal and from one address: 50
	ChangeBurst int           // at once after a pause: 100
	BadTokens   int           // failed authentications a second from one address, and at once after a pause: 10
	Plans       int           // requests with a plan at once: 2
}

func (l Limits) withDefaults() Limits {
	orElse(&l.Header, 16<<10)
	orElse(&l.Body, 64<<10)
	orElse(&l.Plan, 16<<20)
	orElse(&l.ReadHeader, 5*time.Second)
	orElse(&l.Read, 10*time.Second)
	orElse(&l.Handle, 25*time.Second)
	orElse(&l.Write, 30*time.Second)
	orElse(&l.StreamWrite, 5*time.Second)
	orElse(&l.Idle, 60*time.Second)
	orElse(&l.Heartbeat, 15*time.Second)
	orElse(&l.Connections, 256)
	orElse(&l.Requests, 64)
	orElse(&l.Streams, 16)
	orElse(&l.Probes, 4)
	orElse(&l.Changes, 50)
	orElse(&l.ChangeBurst, 100)
	orElse(&l.BadTokens, 10)
	orElse(&l.Plans, 2)
	return l
}

func (l Limits) validate() error {
	for name, value := range map[string]int64{
		"Header": int64(l.Header), "Body": l.Body, "Connections": int64(l.Connections),
		"Requests": int64(l.Requests), "Streams": int64(l.Streams), "Probes": int64(l.Probes), "Plan": l.Plan, "Plans": int64(l.Plans),
		"ReadHeader": int64(l.ReadHeader), "Read": int64(l.Read), "Handle": int64(l.Handle),
		"Write": int64(l.Write), "StreamWrite": int64(l.StreamWrite), "Idle": int64(l.Idle), "Heartbeat": int64(l.Heartbeat),
	} {
		if value < 0 {
			return fmt.Errorf("admin limit %s %d: want 0 (the default) or more", name, value)
		}
	}
	return nil
}

// bodyOf returns the most bytes of a request's body.
func (l Limits) bodyOf(r *http.Request) int64 {
	if r.Method == http.MethodPut && r.URL.Path == "/v1/plan" || r.Method == http.MethodPost && r.URL.Path == "/v1/plan/check" {
		return l.Plan
	}
	return l.Body
}

// orElse sets *v to d where it is zero.
func orElse[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
