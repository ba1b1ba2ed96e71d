package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"meridian/admin/client"
)

// site is everything that runs at one location.
type site struct {
	place
	dns     string // host:port of the name server
	gateway string // host:port of the gateway
	admin   string // host:port of the admin API
	backend *web
	node    *process // name server, gateway, prober and admin API
	api     *client.Client
	lost    time.Time // when the node was killed last; under Demo.turn
}

// newSite makes a location whose backend serves and whose node does not run yet;
// on an error nothing of it stays.
func newSite(p place, o Options, dir string) (*site, error) {
	s := &site{
		place: p,
		dns:   hostPort(p.Addr, o.DNSPort), gateway: hostPort(p.Addr, o.GatewayPort), admin: hostPort(p.Admin, o.AdminPort),
		node: &process{
			command: append(o.Program[:len(o.Program):len(o.Program)], "serve", "--until-input-ends", "-c", nodeFile(dir, p)),
			log:     filepath.Join(dir, string(p.ID)+".log"),
			died:    func(err error) { say(o.Out, "%s  the node of %s has failed: %v", clock(time.Now()), p.Display, err) },
		},
	}
	var err error
	if s.api, err = client.New(client.Options{Servers: []string{s.admin}}); err != nil {
		return nil, err
	}
	if s.backend, err = newBackend(p); err != nil {
		return nil, fmt.Errorf("making the backend of %s: %w", p.Display, err)
	}
	return s, nil
}

// await calls a condition of the node until it holds or the time is over; it
// fails at once where the node's process has ended. What it cannot be asked yet
// is no failure.
func (s *site) await(ctx context.Context, within time.Duration, what string, holds func(context.Context) (bool, error)) error {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var last error
	err := until(bounded, 20*time.Millisecond, func() (ok bool, err error) {
		ok, last = holds(bounded)
		if err := s.node.problem(); err != nil {
			return false, err
		}
		return ok && last == nil, nil
	})
	if err != nil {
		if ctx.Err() == nil {
			err = errors.Join(err, last)
		}
		return fmt.Errorf("%s at %s: %w", what, s.Display, err)
	}
	return nil
}

// shutdown ends what runs, the node first: at once, for the folder with its data
// goes too.
func (s *site) shutdown(ctx context.Context) error {
	_, err := s.node.kill()
	s.api.Close()
	return errors.Join(err, s.backend.shutdown(ctx))
}
