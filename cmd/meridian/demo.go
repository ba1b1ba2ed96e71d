package main

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"meridian/demo"
)

// tourPause is how long the tour stays with each finding, for people to read.
const tourPause = 4 * time.Second

func newDemo() *cobra.Command {
	o := demo.Options{}
	tour := false
	cmd := &cobra.Command{
		Use:   "demo [--tour]",
		Short: "Three locations on loopback, to try everything",
		Long: "Runs three locations on 127.0.1.1, 127.0.2.1 and 127.0.3.1, each a node in a\n" +
			"process of its own (name server, gateway, prober, admin API) before a sample\n" +
			"backend, connects them to one cluster, and says what to try. With --tour it shows\n" +
			"by itself, in about a minute, what happens when a region is lost, when a location\n" +
			"is disabled under load, when the plan changes, and when the primary is lost; exit\n" +
			"0 only if every promise was kept.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.OutOrStdout()
			return runDemo(cmd.Context(), o, tour)
		},
	}
	cmd.Flags().BoolVar(&tour, "tour", false, "show everything unattended, then end")
	cmd.Flags().IntVar(&o.GatewayPort, "gateway-port", demo.DefaultGatewayPort, "port of the gateways; 0: a free one")
	cmd.Flags().IntVar(&o.AdminPort, "admin-port", demo.DefaultAdminPort, "port of the admin APIs; 0: a free one")
	cmd.PersistentFlags().IntVar(&o.DNSPort, "dns-port", demo.DefaultDNSPort, "port of the name servers; 0: a free one")
	cmd.AddCommand(
		newDemoTurn("stop", "Kill the node of a location (SIGKILL: the region is lost) and show the failover with numbers", &o),
		newDemoTurn("start", "Start the node of a location again and show how its clients return", &o),
	)
	return cmd
}

func newDemoTurn(verb, short string, o *demo.Options) *cobra.Command {
	return &cobra.Command{
		Use: verb + " LOCATION", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return demo.Command(cmd.Context(), o.Runtime, o.DNSPort, verb, args[0], cmd.OutOrStdout())
		},
	}
}

// runDemo runs the demo until it is told to stop, or until the tour ends.
func runDemo(ctx context.Context, o demo.Options, tour bool) (err error) {
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	start := time.Now()
	if tour {
		o.Pause = tourPause
	}
	d, err := demo.New(o)
	if err != nil {
		return err
	}
	defer func() {
		bounded, done := context.WithTimeout(context.Background(), shutdownTime)
		defer done()
		err = errors.Join(err, d.Shutdown(bounded))
	}()
	if err := d.Start(ctx); err != nil {
		return interrupted(ctx, err)
	}
	return interrupted(ctx, show(ctx, d, o.Out, start, tour))
}

// show tells what to try, or takes the tour.
func show(ctx context.Context, d *demo.Demo, w io.Writer, start time.Time, tour bool) error {
	if tour {
		d.Ready(w, start)
		return d.Tour(ctx)
	}
	d.Guide(w)
	d.Ready(w, start)
	<-ctx.Done()
	return nil
}

// interrupted is nil where the demo was told to stop: that is no failure.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
