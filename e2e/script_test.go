//go:build linux

package e2e

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"meridian/admin/client"
)

// TestScripts runs the command line as people do. Besides testscript's own
// commands there are:
//
//	exits CODE PROGRAM ARG...   runs a program that has to end with the code
//	ready                       waits until the node at $WORK/admin.sock serves,
//	                            and sets $DNS to the port of its name server
//	verdict TARGET VERDICT      waits until the node says so of a target
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("MERIDIAN_SERVERS", "unix://"+e.WorkDir+"/admin.sock")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "ready": ready, "verdict": verdict,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// poll asks a node until ok says so.
func poll(ts *testscript.TestScript, what string, ok func(context.Context, *client.Client) bool) {
	c, err := client.New(client.Options{Servers: []string{ts.Getenv("MERIDIAN_SERVERS")}})
	ts.Check(err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok(ctx, c) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("%s: not within %v", what, startTime)
		}
	}
}

func ready(ts *testscript.TestScript, _ bool, _ []string) {
	poll(ts, "node being ready", func(ctx context.Context, c *client.Client) bool {
		s, err := c.Status(ctx)
		if err != nil || !s.Serving {
			return false
		}
		for _, l := range s.Listeners {
			if address, ok := strings.CutPrefix(l, "dns udp "); ok {
				ts.Setenv("DNS", address[strings.LastIndex(address, ":")+1:])
			}
		}
		return true
	})
}

func verdict(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: verdict TARGET VERDICT")
	}
	poll(ts, strings.Join(args, " is "), func(ctx context.Context, c *client.Client) bool {
		h, err := c.Health(ctx, client.HealthFilter{})
		if err != nil {
			return false
		}
		for i := range h.Targets {
			if h.Targets[i].ID == args[0] {
				return h.Targets[i].Verdict == args[1]
			}
		}
		return false
	})
}
