package demo

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"meridian/routing"
)

// Bounds of the trickle: at every server one question each trickleEvery, one in
// overTCP of them over TCP.
const (
	trickleEvery = 10 * time.Millisecond
	overTCP      = 16
)

// profileNames lists the names of the demo that clients ask for.
func profileNames() []routing.ProfileName {
	return []routing.ProfileName{serviceName, "performance", "priority", "weighted", "geographic", "multivalue", "subnet", "nested"}
}

// counts is what became of the questions of a trickle.
type counts struct {
	asked, answered, nxdomain, servfail, empty, other, unanswered uint64
}

// String tells the counts in one line.
func (c counts) String() string {
	return fmt.Sprintf("%d queries (one in %d over TCP): %d answered, %d NXDOMAIN, %d SERVFAIL, %d other errors, %d empty, %d without reply",
		c.asked, overTCP, c.answered, c.nxdomain, c.servfail, c.other, c.empty, c.unanswered)
}

// broken says whether a question was left without an address.
func (c counts) broken() error {
	if c.asked == 0 {
		return errors.New("no query was asked")
	}
	if c.answered != c.asked {
		return fmt.Errorf("every query is answered with an address: %s", c)
	}
	return nil
}

// less returns what happened since an earlier look.
func (c counts) less(d counts) counts {
	return counts{
		c.asked - d.asked, c.answered - d.answered, c.nxdomain - d.nxdomain, c.servfail - d.servfail,
		c.empty - d.empty, c.other - d.other, c.unanswered - d.unanswered,
	}
}

// tally counts replies.
type tally struct {
	answered, nxdomain, servfail, empty, other, unanswered atomic.Uint64
}

func (t *tally) take(a answer, err error) {
	switch {
	case err != nil:
		t.unanswered.Add(1)
	case a.Rcode == 3:
		t.nxdomain.Add(1)
	case a.Rcode == 2:
		t.servfail.Add(1)
	case a.Rcode != 0:
		t.other.Add(1)
	case len(a.Addrs) == 0:
		t.empty.Add(1)
	default:
		t.answered.Add(1)
	}
}

func (t *tally) counts() counts {
	c := counts{
		answered: t.answered.Load(), nxdomain: t.nxdomain.Load(), servfail: t.servfail.Load(),
		empty: t.empty.Load(), other: t.other.Load(), unanswered: t.unanswered.Load(),
	}
	c.asked = c.answered + c.nxdomain + c.servfail + c.empty + c.other + c.unanswered
	return c
}

// trickle asks servers for all names, on behalf of all sample clients,
// until it is stopped.
type trickle struct {
	tally tally
	quit  chan struct{}
	done  sync.WaitGroup
}

func newTrickle(sites []*site) (*trickle, error) {
	t := &trickle{quit: make(chan struct{})}
	for _, s := range sites {
		l, err := dial(s.dns)
		if err != nil {
			t.stop()
			return nil, err
		}
		t.done.Go(func() {
			defer l.close()
			t.run(l)
		})
	}
	return t, nil
}

func (t *trickle) run(l *line) {
	ticker := time.NewTicker(trickleEvery)
	defer ticker.Stop()
	names, clients := profileNames(), sampleClients()
	for i := 0; ; i++ {
		select {
		case <-ticker.C:
		case <-t.quit:
			return
		}
		q := question{name: profileName(names[i%len(names)]), client: clients[i%len(clients)].Net}
		ask := l.ask
		if i%overTCP == 0 {
			ask = l.askTCP
		}
		t.tally.take(ask(q))
	}
}

// stop ends the trickle and returns what became of it.
func (t *trickle) stop() counts {
	close(t.quit)
	t.done.Wait()
	return t.tally.counts()
}
