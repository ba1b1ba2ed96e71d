package gateway

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestBareConnection: much may be on its way only where there is a body, whose
// handler may come late; without, a fraction is too much (scenario E9).
func TestBareConnection(t *testing.T) {
	for name, c := range map[string]struct {
		bytes int
		says  func(*debt) // what a handler says in time
		late  bool        // that is after all
		want  bool        // closed
	}{
		"a little":                      {bytes: bareDebt},
		"much":                          {bytes: 4 * bareDebt, want: true},
		"much, and a body, known late":  {bytes: 4 * bareDebt, says: func(d *debt) { d.bodies.Add(1) }},
		"much, and a body, too late":    {bytes: 4 * bareDebt, says: func(d *debt) { d.bodies.Add(1) }, late: true, want: true},
		"more than a body":              {bytes: maxDebt + 1, says: func(d *debt) { d.bodies.Add(1) }, want: true},
		"many fields of requests":       {bytes: 4 * bareDebt, says: func(d *debt) { d.pay(3 * bareDebt) }},
		"pipelined HTTP/1.1":            {bytes: 4 * bareDebt, says: func(d *debt) { d.plain.Store(true) }},
		"a tunnel that begins to speak": {bytes: 4 * bareDebt, says: (*debt).waive},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				con := &conn{crowd: &crowd{limits: Limits{}.withDefaults(), debt: maxDebt}, opened: time.Now()}
				after := doubt / 2
				if c.late {
					after = 2 * doubt
				}
				if c.says != nil {
					time.AfterFunc(after, func() { c.says(&con.debt) })
				}
				if got := con.overdue(c.bytes); got != c.want {
					t.Errorf("got %t, want %t", got, c.want)
				}
			})
		})
	}
}
