package policy

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// offline is a Host whose backend is not there.
type offline struct {
	answers []string
	sent    []TestMessage
	waited  []string
	counted map[string]int
}

// answerOf reads one answer: a status, or the failure it stands for.
func answerOf(s string) (status int, err error) {
	switch s {
	case "timeout":
		return 0, &Failure{Reason: ReasonTimeout, Message: "The operation has timed out."}
	case "refused":
		return 0, &Failure{Reason: ReasonConnection, Message: "No connection could be made because the target machine actively refused it.", Status: http.StatusBadGateway}
	}
	status, err = strconv.Atoi(s)
	if err != nil || status < 200 || status > 599 {
		return 0, fmt.Errorf("backend response %q: want a status from 200 to 599, timeout or refused", s)
	}
	return status, nil
}

// Forward notes what would be sent and answers as told.
func (h *offline) Forward(_ context.Context, x *Exchange, _ Forward) error {
	answer := "200"
	if len(h.answers) > 0 {
		answer = h.answers[min(len(h.sent), len(h.answers)-1)]
	}
	sent, err := requestMessage(x)
	if err != nil {
		return err
	}
	sent.Status = answer
	h.sent = append(h.sent, sent)
	status, err := answerOf(answer)
	if err != nil {
		return err
	}
	x.Response = newResponse(&x.Context, status)
	return nil
}

// Count allows what a fresh counter allows.
func (h *offline) Count(_ context.Context, c Count) (Verdict, error) {
	if h.counted == nil {
		h.counted = map[string]int{}
	}
	left := c.Calls - h.counted[c.Key]
	if left < max(c.N, 1) && !c.Later {
		return Verdict{RetryAfter: c.Period}, nil
	}
	h.counted[c.Key] += c.N
	return Verdict{Allowed: true, Remaining: max(0, left-c.N)}, nil
}

// Wait notes the pause.
func (h *offline) Wait(_ context.Context, d time.Duration) error {
	if d > 0 {
		h.waited = append(h.waited, d.String())
	}
	return nil
}
