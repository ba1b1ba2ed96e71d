package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
	"meridian/configs"
)

func newPlan(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "plan", Short: "The plan: what is in service, its history, and changing it"}
	cmd.AddCommand(newPlanShow(a), newPlanHistory(a), newPlanDiff(a), newPlanCheck(a), newPlanApply(a), newPlanRollback(a))
	return cmd
}

func newPlanShow(a *asker) *cobra.Command {
	var out, version string
	cmd := &cobra.Command{
		Use: "show", Short: "The plan, who writes it, and which node serves what", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			if out != "" {
				return writePlan(cmd, c, version, out)
			}
			p, err := c.Plan(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), p, func(w io.Writer) { writePlanState(w, &p) })
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "write document and files into this folder")
	cmd.Flags().StringVar(&version, "version", "", "with --out: another version than the one in service")
	return cmd
}

// writePlan writes a plan's document and files into a folder.
func writePlan(cmd *cobra.Command, c *client.Client, version, dir string) error {
	sent, err := c.PlanDocument(cmd.Context(), version)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, f := range sent.Files {
		files[f.Path] = f.Data
	}
	b, err := configs.NewBundle("service.json", []byte(sent.Document), func(name string) ([]byte, error) {
		data, found := files[name]
		if !found {
			return nil, fmt.Errorf("file %q: it is not in the plan", name)
		}
		return data, nil
	})
	if err != nil {
		return err
	}
	if b.Document == nil {
		return problemsOf(b)
	}
	if err := b.WriteTo(dir); err != nil {
		return err
	}
	name := "plan"
	if sent.Version != nil {
		name += " " + sent.Version.Text
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s written to %s, with %d files\n", name, filepath.Join(dir, "service.json"), len(b.Files))
	return nil
}

func writePlanState(w io.Writer, p *api.PlanState) {
	writePlanHead(w, p)
	var lines [][]any
	for i := range p.Nodes {
		n := &p.Nodes[i]
		version := "-"
		if n.Version != nil {
			version = n.Version.Text
		}
		lines = append(lines, []any{n.Name, n.Location, version, n.Current, n.Reachable, moment(n.Heard)})
	}
	rows(w, []any{"NODE", "LOCATION", "SERVES", "CURRENT", "REACHABLE", "HEARD"}, lines)
	for i := range p.Nodes {
		if r := p.Nodes[i].Refusal; r != nil {
			writeRefusal(w, r)
		}
	}
	for i := range p.Schedules {
		s := &p.Schedules[i]
		fmt.Fprintf(w, "drill %s of %s: %s, next %s %s\n", s.Name, s.Location, s.Window, moment(s.Next), s.Blocked)
	}
}

// writePlanHead writes which plan is in service, who writes it, and what is wrong
// with it.
func writePlanHead(w io.Writer, p *api.PlanState) {
	fmt.Fprintf(w, "plan %s, committed %s by %s", p.Version.Text, moment(p.At), dash(p.By))
	if p.Reason != "" {
		fmt.Fprintf(w, " %q", p.Reason)
	}
	fmt.Fprintf(w, "\nplanSource %s\n", strings.TrimSpace(p.Source+" "+p.File))
	fmt.Fprintf(w, "writer %s: %s\n", dash(p.Writer.Name), p.Writer.Why)
	if p.Provisional {
		fmt.Fprintln(w, "PROVISIONAL: read from a file by a node that is not the writer")
	}
	if p.Fork {
		fmt.Fprintln(w, "FORK: two plans of one version were seen")
	}
	if r := p.Rejected; r != nil {
		fmt.Fprintf(w, "REJECTED since %s, the plan above serves: %s of node %s: %s\n", moment(&r.Since), r.File, r.Node, r.Why)
	}
	if h := p.Held; h != nil {
		fmt.Fprintf(w, "HELD since %s: %s\n", moment(&h.Since), h.Why)
		for i := range h.Problems {
			writeRefusal(w, &h.Problems[i])
		}
	}
}

func writeRefusal(w io.Writer, r *api.PlanRefusal) {
	for i := range r.Problems {
		fmt.Fprintf(w, "%s: ", r.Name+r.Node)
		writeProblem(w, &r.Problems[i])
	}
}

func writeProblem(w io.Writer, p *api.PlanProblem) {
	if p.File != "" {
		fmt.Fprintf(w, "%s:%d:%d: ", p.File, p.Line, p.Column)
	}
	if p.Warning {
		fmt.Fprint(w, "warning: ")
	}
	if p.Path != "" {
		fmt.Fprint(w, p.Path+": ")
	}
	fmt.Fprintln(w, p.Message)
}

func newPlanHistory(a *asker) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "history", Short: "All plans, newest first", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.PlanHistory(cmd.Context(), limit)
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) {
				var lines [][]any
				for i := range all.Plans {
					p := &all.Plans[i]
					lines = append(lines, []any{p.Version.Text, moment(&p.At), p.Writer, p.By, p.Serving, p.Reason})
				}
				rows(w, []any{"PLAN", "COMMITTED", "WRITER", "BY", "SERVING", "REASON"}, lines)
			})
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "most plans to list")
	return cmd
}

func newPlanDiff(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "diff [FROM [TO]]", Short: "What differs between two plans, in answers", Args: cobra.MaximumNArgs(2),
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			versions := append(args, "", "")
			d, err := c.PlanDiff(cmd.Context(), versions[0], versions[1])
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), d, func(w io.Writer) {
				fmt.Fprintf(w, "%s -> %s\n", d.From.Text, d.To.Text)
				writeAnswers(w, &d.Answers)
				fmt.Fprint(w, d.Document)
			})
		}),
	}
}

func newPlanRollback(a *asker) *cobra.Command {
	return a.orderSafe(&cobra.Command{
		Use: "rollback VERSION --reason WHY", Short: "Make an older plan the newest", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		if t.Reason == "" {
			return api.Change{}, errors.New("plan rollback: want --reason")
		}
		return c.RollbackPlan(ctx, args[0], t)
	})
}
