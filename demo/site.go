package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"meridian/admin/client"
	"meridian/configs"
	"meridian/node"
)

// site is everything that runs at one location.
type site struct {
	place
	dns     string // host:port of the name server
	backend *web
	gateway *gateway
	node    *node.Node
	api     *client.Client
}

// newSite makes a location; on an error nothing of it stays.
func newSite(p place, o Options, nodeFile string, log *slog.Logger) (s *site, err error) {
	s = &site{place: p, dns: hostPort(p.Addr, o.DNSPort)}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("making location %s: %w", p.Display, err), s.shutdown(context.Background()))
			s = nil
		}
	}()
	if s.backend, err = newBackend(p); err != nil {
		return s, err
	}
	s.gateway = newGateway(p, o.GatewayPort, s.backend.addr)
	if _, err = s.gateway.start(); err != nil {
		return s, err
	}
	c, err := configs.LoadNode(nodeFile, os.LookupEnv)
	if err != nil {
		return s, err
	}
	if s.node, err = node.New(node.Options{Config: c, Version: o.Version, Logger: log.With("node", c.Name)}); err != nil {
		return s, err
	}
	s.api, err = client.New(client.Options{Servers: []string{hostPort(p.Admin, o.AdminPort)}})
	return s, err
}

// shutdown stops what runs, the node first.
func (s *site) shutdown(ctx context.Context) error {
	var errs []error
	if s.api != nil {
		s.api.Close()
	}
	if s.node != nil {
		errs = append(errs, s.node.Shutdown(ctx))
	}
	if s.gateway != nil {
		_, err := s.gateway.stop()
		errs = append(errs, err)
	}
	if s.backend != nil {
		errs = append(errs, s.backend.shutdown(ctx))
	}
	return errors.Join(errs...)
}
