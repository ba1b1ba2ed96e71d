package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newToken(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Bearer tokens of the admin API"}
	cmd.AddCommand(
		newTokenList(a), newTokenCreate(a),
		a.order(&cobra.Command{Use: "delete NAME", Short: "Delete a token", Args: cobra.ExactArgs(1)},
			func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
				return c.DeleteToken(ctx, args[0], t)
			}),
	)
	return cmd
}

func newTokenList(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Tokens by name", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Tokens(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) {
				var lines [][]any
				for i := range all.Tokens {
					t := &all.Tokens[i]
					lines = append(lines, []any{t.Name, t.Role, moment(&t.Created), t.By, moment(t.Expires)})
				}
				rows(w, []any{"TOKEN", "ROLE", "CREATED", "BY", "EXPIRES"}, lines)
			})
		}),
	}
}

func newTokenCreate(a *asker) *cobra.Command {
	o := &order{}
	body := api.TokenOrder{}
	cmd := &cobra.Command{
		Use: "create NAME --role ROLE", Short: "Make a token; it is shown this once", Args: cobra.ExactArgs(1),
		Long: "Makes a token and writes it to standard output, this once; everything else goes\n" +
			"to standard error. With -o json or yaml all of it is in the document.",
		RunE: a.with(func(cmd *cobra.Command, args []string, c *client.Client) error {
			body.Name = args[0]
			made, err := c.AddToken(cmd.Context(), body, o.terms(a))
			if err != nil {
				return err
			}
			err = a.show(cmd.OutOrStdout(), made, func(w io.Writer) {
				writeChange(cmd.ErrOrStderr(), &made.Change)
				if made.Clear != "" {
					fmt.Fprintln(w, made.Clear)
				}
			})
			if err != nil {
				return err
			}
			return incomplete(&made.Change)
		}),
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&body.Role, "role", "viewer", "viewer, operator or admin")
	cmd.Flags().StringVar(&body.For, "for", "", "how long it is good, such as P90D; without it, until it is deleted")
	return cmd
}
