package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
	"meridian/node"
)

// defaultDataDir is the data directory of the packaged unit.
const defaultDataDir = "/var/lib/meridian"

func newAudit(a *asker) *cobra.Command {
	list := newAuditList(a)
	cmd := &cobra.Command{
		Use: "audit", Short: "Who changed what at a node, and who was refused", Args: cobra.NoArgs, RunE: list.RunE,
		Long: "Lists the audit log of the node that is asked, and verifies the log in its files.\n" +
			"Each node keeps its own log of what was asked of it.",
	}
	cmd.Flags().AddFlagSet(list.Flags())
	cmd.AddCommand(list, newAuditVerify(a))
	return cmd
}

func newAuditList(a *asker) *cobra.Command {
	var after uint64
	var limit int
	cmd := &cobra.Command{Use: "list", Short: "Entries of the log, oldest first", Args: cobra.NoArgs}
	cmd.Flags().Uint64Var(&after, "after", 0, "list the entries behind this number; 0 lists the newest")
	cmd.Flags().IntVar(&limit, "limit", 100, "most entries to list, 1 to 1000")
	cmd.RunE = a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
		page, err := c.Audit(cmd.Context(), after, limit)
		if err != nil {
			return err
		}
		return a.show(cmd.OutOrStdout(), page, func(w io.Writer) { writeAudit(w, page) })
	})
	return cmd
}

func writeAudit(w io.Writer, page api.Audit) {
	var lines [][]any
	for i := range page.Entries {
		e := &page.Entries[i]
		lines = append(lines, []any{
			e.Seq, e.At.Format("2006-01-02 15:04:05Z"), firstOf(e.Principal), firstOf(e.Remote), e.Operation,
			firstOf(e.Target, e.Path), outcomeOf(e), firstOf(e.Reason, e.Note),
		})
	}
	rows(w, []any{"SEQ", "AT", "WHO", "FROM", "OPERATION", "TARGET", "OUTCOME", "REASON"}, lines)
	fmt.Fprintf(w, "head %d:%s\n", page.Head.Seq, page.Head.Hash)
	if page.Head.Missed > 0 {
		fmt.Fprintf(w, "%d entries could not be written since\n", page.Head.Missed)
	}
}

// firstOf returns the first text that is not empty, a dash where there is none.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return "-"
}

func outcomeOf(e *api.AuditEntry) string {
	text := e.Outcome
	if e.Status != 0 {
		text += " " + strconv.Itoa(e.Status)
	}
	if e.DryRun {
		text += " (dry run)"
	}
	return text
}

func newAuditVerify(a *asker) *cobra.Command {
	var dir, head string
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that no entry was edited, removed, reordered or cut off", Args: cobra.NoArgs,
		Long: "Reads the log's files on this machine; no node need run. Exit code 1: an entry does\n" +
			"not hold, and the first one is named. A chain by itself cannot show that all of it\n" +
			"was written anew: note the head that status shows elsewhere, and give it with --head.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.check(); err != nil {
				return err
			}
			noted, err := parseHead(head)
			if err != nil {
				return err
			}
			report, err := node.VerifyAudit(dir, noted)
			if err != nil {
				return err
			}
			if err := a.show(cmd.OutOrStdout(), report, func(w io.Writer) { writeAuditReport(w, &report) }); err != nil || report.OK {
				return err
			}
			return exitError(exitRefused)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", node.AuditDir(defaultDataDir), "directory of the audit log: audit in a node's data directory")
	cmd.Flags().StringVar(&head, "head", "", "a head noted earlier, as SEQ:HASH")
	return cmd
}

// parseHead reads SEQ:HASH; the zero head for "".
func parseHead(text string) (api.AuditHead, error) {
	if text == "" {
		return api.AuditHead{}, nil
	}
	number, hash, _ := strings.Cut(text, ":")
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil || seq == 0 || len(hash) != 64 {
		return api.AuditHead{}, fmt.Errorf("head %.100q: want SEQ:HASH, a number from 1 and 64 hexadecimal digits", text)
	}
	return api.AuditHead{Seq: seq, Hash: strings.ToLower(hash)}, nil
}

func writeAuditReport(w io.Writer, r *api.AuditReport) {
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	if r.Bad != nil {
		fmt.Fprintf(w, "%s:%d: entry %d %s: %s\n", r.Bad.File, r.Bad.Line, r.Bad.Seq, r.Bad.What, r.Bad.Text)
	}
	fmt.Fprintf(w, "%d entries in %d files hold, from %d to head %d:%s\n", r.Entries, r.Files, r.First, r.Head.Seq, r.Head.Hash)
}
