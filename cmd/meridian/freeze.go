package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newFreeze(a *asker) *cobra.Command {
	var off bool
	var length string
	o := &order{}
	cmd := &cobra.Command{
		Use:   "freeze [--for 30m --reason WHY | --off]",
		Short: "Verdicts stop moving answers, operators still can; without flags, whether they are frozen",
		Args:  cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			if !off && length == "" {
				return showFreeze(cmd, a, c)
			}
			change, err := freeze(cmd, c, off, length, o.terms(a))
			if err != nil {
				return err
			}
			return a.showChange(cmd.OutOrStdout(), &change)
		}),
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&length, "for", "", "how long, such as 30m")
	cmd.Flags().BoolVar(&off, "off", false, "verdicts move answers again")
	cmd.MarkFlagsMutuallyExclusive("for", "off")
	return cmd
}

func freeze(cmd *cobra.Command, c *client.Client, off bool, length string, t api.Terms) (api.Change, error) {
	switch {
	case off:
		return c.Thaw(cmd.Context(), t)
	case t.Reason == "":
		return api.Change{}, errors.New("freeze: want --reason")
	default:
		return c.Freeze(cmd.Context(), api.FreezeOrder{For: length}, t)
	}
}

func showFreeze(cmd *cobra.Command, a *asker, c *client.Client) error {
	f, err := c.ReadFreeze(cmd.Context())
	if err != nil {
		return err
	}
	return a.show(cmd.OutOrStdout(), f, func(w io.Writer) {
		switch {
		case !f.Frozen:
			fmt.Fprintln(w, "verdicts move answers")
		case f.Intent == nil:
			fmt.Fprintln(w, "frozen")
		default:
			fmt.Fprintln(w, describe("frozen", f.Intent))
		}
	})
}
