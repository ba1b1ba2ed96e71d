package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"meridian/configs"
	"meridian/node"
)

// shutdownTime is how long a node may take to leave: it carries late clients on
// until their caches have run out.
const shutdownTime = 5 * time.Minute

func newServe() *cobra.Command {
	var path string
	guarded := false
	cmd := &cobra.Command{
		Use:   "serve -c node.yaml",
		Short: "Run a node",
		Long: "Runs a node until it is told to stop (SIGINT, SIGTERM). The service document is\n" +
			"read again when it changes and on SIGHUP; one that cannot be used changes nothing.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if guarded {
				ctx = untilEnd(ctx, cmd.InOrStdin())
			}
			return serve(ctx, path, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVarP(&path, "config", "c", "node.yaml", "node file")
	cmd.Flags().BoolVar(&guarded, "until-input-ends", false, "stop also when standard input ends, as it does when a program that started the node is gone")
	return cmd
}

// untilEnd returns a context that ends when nothing more can be read. Its
// goroutine waits for that, and goes with the process at the latest.
func untilEnd(ctx context.Context, in io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in) // an error is an end too
		cancel()
	}()
	return ctx
}

func serve(ctx context.Context, path string, logTo io.Writer) error {
	c, err := configs.LoadNode(path, os.LookupEnv)
	if err != nil {
		return err
	}
	log := newLogger(c.Log, logTo)
	for _, w := range c.Warnings {
		log.Warn("node file has a warning", "warning", w.String())
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	n, err := node.New(node.Options{Config: c, Version: version, Logger: log, Notify: notify})
	if err != nil {
		return err
	}
	if err := n.Start(); err != nil {
		return errors.Join(err, shutdown(n, signals))
	}
	r := &reloads{node: n, show: shower(c.Log.Format, logTo, log)}
	follow(ctx, r, signals, log)
	err = shutdown(n, signals)
	r.wait()
	return err
}

// follow does what signals ask for; it returns when it is to stop.
func follow(ctx context.Context, r *reloads, signals <-chan os.Signal, log *slog.Logger) {
	defer r.cancel()
	for {
		select {
		case s := <-signals:
			if s != syscall.SIGHUP {
				log.Info("stopping", "signal", s.String())
				return
			}
			r.ask(ctx)
		case <-r.done:
			r.ended(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// stopper is what is stopped: a node. Shutdown returns soon after ctx ends.
type stopper interface {
	Shutdown(ctx context.Context) error
}

// shutdown stops a node; a second signal cuts it short.
func shutdown(n stopper, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	go func() {
		for {
			select {
			case s := <-signals:
				if s != syscall.SIGHUP {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return n.Shutdown(ctx)
}

func newLogger(c configs.NodeLog, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
