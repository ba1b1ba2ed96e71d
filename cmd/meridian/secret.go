package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

// maxSecret is the most bytes of a secret.
const maxSecret = 32 << 10

func newSecret(a *asker) *cobra.Command {
	cmd := &cobra.Command{Use: "secret", Short: "Secrets the plan names; their values are never shown"}
	cmd.AddCommand(
		newSecretList(a), newSecretSet(a),
		a.order(&cobra.Command{Use: "rotate NAME", Short: "Give a secret a new random value", Args: cobra.ExactArgs(1)},
			func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
				return c.RotateSecret(ctx, args[0], t)
			}),
		a.order(&cobra.Command{Use: "delete NAME", Short: "Delete a secret", Args: cobra.ExactArgs(1)},
			func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
				return c.DeleteSecret(ctx, args[0], t)
			}),
	)
	return cmd
}

func newSecretList(a *asker) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Names, versions and fingerprints", Args: cobra.NoArgs,
		RunE: a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Secrets(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) {
				var lines [][]any
				for i := range all.Secrets {
					s := &all.Secrets[i]
					lines = append(lines, []any{s.Name, s.Kind, s.Version, s.Fingerprint, moment(&s.Created), s.By, dash(strings.Join(s.Used, " "))})
				}
				rows(w, []any{"SECRET", "KIND", "VERSION", "FINGERPRINT", "CREATED", "BY", "USED BY"}, lines)
			})
		}),
	}
}

func newSecretSet(a *asker) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "set NAME < FILE", Short: "Set a secret to what is read from standard input or a file", Args: cobra.ExactArgs(1),
		Long: "Sets a secret to what is read from standard input, or from --file, less one line\n" +
			"break at the end. There is no flag for the value: it would show in process lists.",
	}
	cmd.Flags().StringVar(&file, "file", "", "read from this file")
	return a.order(cmd, func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
		value, err := readSecret(cmd.InOrStdin(), file)
		if err != nil {
			return api.Change{}, err
		}
		return c.SetSecret(ctx, args[0], value, t)
	})
}

func readSecret(in io.Reader, file string) (value []byte, err error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("reading secret: %w", err)
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	}
	value, err = io.ReadAll(io.LimitReader(in, maxSecret+2))
	if err != nil {
		return nil, fmt.Errorf("reading secret: %w", err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(value), "\n"), "\r")
	if n := len(text); n < 1 || n > maxSecret {
		return nil, fmt.Errorf("secret of %d bytes or more: want 1 to %d", n, maxSecret)
	}
	return []byte(text), nil
}
