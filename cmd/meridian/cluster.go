package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"meridian/admin/api"
	"meridian/admin/client"
)

func newCluster(a *asker) *cobra.Command {
	show := func(write func(io.Writer, *api.Cluster)) func(*cobra.Command, []string) error {
		return a.with(func(cmd *cobra.Command, _ []string, c *client.Client) error {
			all, err := c.Cluster(cmd.Context())
			if err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) { write(w, &all) })
		})
	}
	cmd := &cobra.Command{Use: "cluster", Short: "What a node sees of the others", Args: cobra.NoArgs, RunE: show(writeCluster)}
	keys := &cobra.Command{Use: "keys", Short: "Gossip keys, and which nodes have them", Args: cobra.NoArgs, RunE: show(writeKeys)}
	keys.AddCommand(
		newKeyAdd(a),
		newKeyOrder(a, "use", "Encrypt with a key that every node has"),
		newKeyOrder(a, "remove", "Take a key away from every node"),
		a.order(&cobra.Command{Use: "rotate", Short: "Add a new key, use it, and remove the others", Args: cobra.NoArgs},
			func(ctx context.Context, c *client.Client, _ []string, t api.Terms) (api.Change, error) {
				return c.ChangeKeys(ctx, api.KeyOrder{Do: "rotate"}, t)
			}),
	)
	cmd.AddCommand(keys)
	return cmd
}

func newKeyOrder(a *asker, verb, short string) *cobra.Command {
	return a.order(&cobra.Command{Use: verb + " FINGERPRINT", Short: short, Args: cobra.ExactArgs(1)},
		func(ctx context.Context, c *client.Client, args []string, t api.Terms) (api.Change, error) {
			return c.ChangeKeys(ctx, api.KeyOrder{Do: verb, Fingerprint: args[0]}, t)
		})
}

func newKeyAdd(a *asker) *cobra.Command {
	var file string
	cmd := a.order(&cobra.Command{Use: "add", Short: "Give every node one more key to read with", Args: cobra.NoArgs},
		func(ctx context.Context, c *client.Client, _ []string, t api.Terms) (api.Change, error) {
			o := api.KeyOrder{Do: "add"}
			if file != "" {
				var err error
				if o.Key, err = readKey(file); err != nil {
					return api.Change{}, err
				}
			}
			return c.ChangeKeys(ctx, o, t)
		})
	cmd.Flags().StringVar(&file, "file", "", "file with the key in base64; a new one is made without")
	return cmd
}

// readKey reads a gossip key: base64 of 16, 24 or 32 bytes.
func readKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading gossip key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if n := len(key); err != nil || n != 16 && n != 24 && n != 32 {
		return nil, fmt.Errorf("gossip key %q: want base64 of 16, 24 or 32 bytes", file)
	}
	return key, nil
}

func writeCluster(w io.Writer, c *api.Cluster) {
	if !c.Enabled {
		fmt.Fprintf(w, "%s is alone: its node file has no cluster block\n", c.Name)
		return
	}
	fmt.Fprintf(w, "seen from %s (%s), label %s, trust %s, awareness %d\n", c.Name, c.Node, dash(c.Label), dash(c.Trust), c.Awareness)
	if c.Isolated {
		fmt.Fprintln(w, "ISOLATED: no contact to a majority of the locations")
	}
	var lines [][]any
	for i := range c.Members {
		m := &c.Members[i]
		lines = append(lines, []any{m.Name, m.Address, m.State, age(m.Since), m.UDP, fmt.Sprintf("%.1f", m.RTTMs), m.ID})
	}
	rows(w, []any{"NODE", "ADDRESS", "STATE", "FOR", "UDP", "RTT MS", "ID"}, lines)
	writeKeys(w, c)
}

func writeKeys(w io.Writer, c *api.Cluster) {
	var lines [][]any
	list := func(names []string) string { return dash(strings.Join(names, " ")) }
	for i := range c.Keys {
		k := &c.Keys[i]
		lines = append(lines, []any{k.Fingerprint, list(k.Nodes), list(k.Using), list(k.Lacking), list(k.Unknown)})
	}
	rows(w, []any{"KEY", "NODES", "USED BY", "LACKING", "NOT ASKED"}, lines)
}
