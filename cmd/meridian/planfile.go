package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
	"meridian/configs"
)

// readPlan reads a service document and the files it names. One with errors of
// its own is not sent: they are told with their lines.
func readPlan(file string) (api.Bundle, error) {
	b, err := configs.LoadBundle(file)
	if err != nil {
		return api.Bundle{}, err
	}
	if b.Document == nil {
		return api.Bundle{}, problemsOf(b)
	}
	out := api.Bundle{Name: filepath.Base(file), Document: string(b.Document)}
	for _, f := range b.Files {
		out.Files = append(out.Files, api.File{Path: f.Name, Data: f.Data})
	}
	return out, nil
}

// problemsOf returns what is wrong with a bundle that has no document.
func problemsOf(b *configs.Bundle) error {
	_, err := b.Compile(configs.Options{})
	if err == nil {
		return fmt.Errorf("the plan has errors that compiling does not find")
	}
	return err
}

func newPlanApply(a *asker) *cobra.Command {
	var version string
	cmd := a.orderSafe(&cobra.Command{
		Use: "apply FILE", Short: "Replace the plan by a service document and the files it names", Args: cobra.ExactArgs(1),
		Long: "Replaces the plan, at whichever node is asked. Every node that can be reached\n" +
			"compiles it first; a refusal holds it. What operators said stays, and what of it\n" +
			"hides a value of the plan is told. The plan is replaced only if it is the one that\n" +
			"was in service when the command began, or the one of --if-version.",
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		b, err := readPlan(args[0])
		if err != nil {
			return api.Change{}, err
		}
		if version == "" {
			p, err := c.Plan(ctx)
			if err != nil {
				return api.Change{}, err
			}
			version = p.Version.Text
		}
		return c.PutPlan(ctx, b, version, t)
	})
	cmd.Flags().StringVar(&version, "if-version", "", "the version it was made from; another one in service is refused")
	return cmd
}

func newPlanCheck(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "check FILE", Short: "Compile a plan at every node that can be reached; nothing changes", Args: cobra.ExactArgs(1),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			b, err := readPlan(args[0])
			if err != nil {
				return err
			}
			found, err := c.CheckPlan(cmd.Context(), b)
			if err != nil {
				return err
			}
			if err := a.show(cmd.OutOrStdout(), found, func(w io.Writer) { writePlanCheck(w, &found) }); err != nil {
				return err
			}
			if !found.OK {
				return exitError(exitRefused)
			}
			return nil
		}),
	}
}

func writePlanCheck(w io.Writer, p *api.PlanCheck) {
	for i := range p.Problems {
		writeProblem(w, &p.Problems[i])
	}
	for i := range p.Nodes {
		writeRefusal(w, &p.Nodes[i])
	}
	for _, rule := range p.Rules {
		fmt.Fprintln(w, "held: "+rule)
	}
	for i := range p.Hidden {
		h := &p.Hidden[i]
		fmt.Fprintf(w, "hidden: %s %s %s of the plan by %s\n", h.Object, h.Property, h.Plan, describe(h.Property, &h.Intent))
	}
	if p.Answers != nil {
		writeAnswers(w, p.Answers)
	}
	if p.OK {
		fmt.Fprintln(w, "ok")
	}
}
