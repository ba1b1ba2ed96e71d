package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

// drillStart holds the flags of drill start.
type drillStart struct {
	body         api.DrillOrder
	errorRate    float64
	errors       int64
	shiftSeconds float64
	p99          float64
	block, abort []string
}

func newDrillStart(a *asker) *cobra.Command {
	s := &drillStart{}
	cmd := &cobra.Command{
		Use: "start LOCATION --for 10m", Short: "Start a drill", Args: cobra.ExactArgs(1),
		Long: "Takes a location out of service for a while. It comes back by itself, at every\n" +
			"node, whatever becomes of the one that was asked. The precheck's findings are\n" +
			"told; with --dry-run that is all.",
		Example: "  meridian drill start westus2 --for 10m --max-error-rate 0.001 --abort-unless https://shop.example.com/ok\n" +
			"  meridian drill start westus2 --for 10m --abort-unless 'meridian_gateway_errors_per_second < 5'",
	}
	s.addFlags(cmd)
	_ = cmd.MarkFlagRequired("for")
	return a.orderSafe(cmd, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		s.body.Location = args[0]
		if err := s.finish(cmd); err != nil {
			return api.Change{}, err
		}
		return c.StartDrill(ctx, s.body, t)
	})
}

func (s *drillStart) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.body.For, "for", "", "how long, such as 10m")
	f.StringVar(&s.body.Mode, "mode", "drain", "drain: late clients are carried elsewhere; loss: they are refused, as a dead region would")
	f.StringVar(&s.body.Share, "share", "", "take only this share of the clients away, such as 20%")
	f.BoolVar(&s.body.Force, "force", false, "start although the precheck refuses")
	f.Float64Var(&s.errorRate, "max-error-rate", 0, "hypothesis: at most this share of requests fails (0 to 1)")
	f.Int64Var(&s.errors, "max-errors", 0, "hypothesis: at most so many requests fail")
	f.Float64Var(&s.shiftSeconds, "max-shift-seconds", 0, "hypothesis: 95 % of the clients have left after so many seconds")
	f.Float64Var(&s.p99, "max-p99-ms", 0, "hypothesis: the 99th percentile of latency stays at or below this")
	f.StringArrayVar(&s.block, "block-unless", nil, "do not start unless this URL answers 200, or this holds: METRIC OP NUMBER")
	f.StringArrayVar(&s.abort, "abort-unless", nil, "end as soon as this URL does not answer 200, or this does not hold: METRIC OP NUMBER")
}

// finish makes the order of the flags.
func (s *drillStart) finish(cmd *cobra.Command) (err error) {
	h := api.DrillHypothesis{}
	set := func(name string, use func()) {
		if cmd.Flags().Changed(name) {
			s.body.Hypothesis = &h
			use()
		}
	}
	set("max-error-rate", func() { h.MaxErrorRate = &s.errorRate })
	set("max-errors", func() { h.MaxErrors = &s.errors })
	set("max-shift-seconds", func() { h.MaxShiftSeconds = &s.shiftSeconds })
	set("max-p99-ms", func() { h.MaxP99Ms = &s.p99 })
	if s.body.Block, err = parseSignals(s.block); err != nil {
		return fmt.Errorf("--block-unless: %w", err)
	}
	if s.body.Abort, err = parseSignals(s.abort); err != nil {
		return fmt.Errorf("--abort-unless: %w", err)
	}
	return nil
}

func parseSignals(all []string) ([]api.DrillSignal, error) {
	var out []api.DrillSignal
	for i, text := range all {
		s, err := parseSignal(text)
		if err != nil {
			return nil, err
		}
		s.Name = fmt.Sprintf("signal-%d", i+1)
		out = append(out, s)
	}
	return out, nil
}

// parseSignal reads a URL, or METRIC OP NUMBER.
func parseSignal(text string) (api.DrillSignal, error) {
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		return api.DrillSignal{URL: text}, nil
	}
	words := strings.Fields(text)
	if n := len(words); n >= 3 {
		limit, err := strconv.ParseFloat(words[n-1], 64)
		switch words[n-2] {
		case "<", "<=", ">", ">=", "==", "!=":
			if err == nil {
				return api.DrillSignal{Metric: strings.Join(words[:n-2], " "), Op: words[n-2], Limit: &limit}, nil
			}
		}
	}
	return api.DrillSignal{}, fmt.Errorf("signal %q: want a URL, or METRIC OP NUMBER with <, <=, >, >=, == or !=", text)
}
