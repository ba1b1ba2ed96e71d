package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
	"meridian/configs"
)

// version is stamped by the linker.
var version = "devel"

// Exit codes (DESIGN §5).
const (
	exitOK         = 0
	exitRefused    = 1 // refused, wrong, or not all well
	exitIncomplete = 3 // accepted, and not yet where it was waited for
	exitUnknown    = 4 // nobody could be asked, or nobody answered: it may have happened or not
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns the exit code.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return exitOK
	}
	var code exitError
	if errors.As(err, &code) {
		return int(code)
	}
	report(errs, err)
	return exitOf(err)
}

// exitError is a code for an outcome that has been told already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// exitOf is the table from errors to exit codes.
func exitOf(err error) int {
	var connect *client.ConnectError
	var unknown *client.UnknownError
	switch {
	case errors.As(err, &connect), errors.As(err, &unknown), client.KindOf(err) == api.Unknown:
		return exitUnknown
	default:
		return exitRefused
	}
}

// report writes an error; the problems of a document with the lines they are on.
func report(w io.Writer, err error) {
	var problems configs.Problems
	if errors.As(err, &problems) {
		_ = problems.Print(w)
		return
	}
	fmt.Fprintf(w, "meridian: %v\n", err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "meridian",
		Short: "DNS-based global traffic management",
		Long: "Meridian answers a delegated DNS zone by latency, geography, priority, weight,\n" +
			"subnet or several values, from endpoints that its probes find alive.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	ask := &asker{}
	ask.addFlags(root)
	root.AddCommand(
		newServe(), newCheck(), newDemo(), newImport(),
		newStatus(ask), newResolve(ask), newHealth(ask), newProfile(ask), newLocation(ask), newZone(ask), newEvents(ask), newAudit(ask),
		newEndpoint(ask), newFreeze(ask), newChange(ask), newPlan(ask), newManagement(ask), newNodes(ask), newCluster(ask),
		newSecret(ask), newToken(ask), newDrill(ask),
		newBackend(ask), newBreaker(ask), newRequest(ask),
		newPolicy(ask), newVersion(),
	)
	return root
}
