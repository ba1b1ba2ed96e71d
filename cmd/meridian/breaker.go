package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newBreaker(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "breaker", Short: "Circuit breakers of backends: trip them, reset them (backend show NAME shows them)"}
	cmd.AddCommand(newBreakerTrip(a), newBreakerReset(a))
	return cmd
}

func newBreakerTrip(a *asker) *cobra.Command {
	o := api.BreakerTrip{}
	cmd := a.orderSafe(&cobra.Command{
		Use: "trip NAME --for 10m --reason WHY", Short: "Open a backend's breaker at every gateway, for a time", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		if t.Reason == "" {
			return api.Change{}, errors.New("breaker trip: want --reason")
		}
		return c.TripBreaker(ctx, args[0], o, t)
	})
	cmd.Flags().StringVar(&o.For, "for", "", "how long, such as 10m; then it recovers as after a trip of its own")
	_ = cmd.MarkFlagRequired("for")
	return cmd
}

func newBreakerReset(a *asker) *cobra.Command {
	o := api.BreakerReset{}
	cmd := a.orderSafe(&cobra.Command{
		Use: "reset NAME", Short: "Close a backend's breaker at every gateway; its rule counts from zero", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		return c.ResetBreaker(ctx, args[0], o, t)
	})
	cmd.Flags().StringVar(&o.For, "for", "", "how long nothing trips it, such as 10m (default 10s)")
	return cmd
}
