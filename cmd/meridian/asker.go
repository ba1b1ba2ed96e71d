package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"meridian/admin/client"
)

// defaultServers are asked when none is named: the socket and the listener of a
// node on this machine.
const defaultServers = "unix:///run/meridian/admin.sock,127.0.0.1:8053"

// asker holds the flags by which verbs reach a running node and show what it
// says.
type asker struct {
	servers []string
	timeout time.Duration
	token   string
	file    string // with the token
	tls     client.TLSFiles
	format  string
	query   string
}

func (a *asker) addFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringSliceVar(&a.servers, "server", nil, "admin servers to ask, in turn: host:port, https://host:port or unix:///path (default $MERIDIAN_SERVERS, then "+defaultServers+")")
	f.DurationVar(&a.timeout, "timeout", 10*time.Second, "longest time a call may take; what changes something waits so long for nodes")
	f.StringVar(&a.token, "token", "", "bearer token (default $MERIDIAN_TOKEN)")
	f.StringVar(&a.file, "token-file", "", "file with the bearer token (default $MERIDIAN_TOKEN_FILE)")
	f.StringVar(&a.tls.CA, "tls-ca", "", "PEM file with the certificates that sign https servers' (default: the system's)")
	f.StringVar(&a.tls.Cert, "tls-cert", "", "PEM file with a client certificate, with --tls-key")
	f.StringVar(&a.tls.Key, "tls-key", "", "PEM file with its key")
	f.StringVarP(&a.format, "output", "o", "table", "output format: table, json or yaml")
	f.StringVar(&a.query, "query", "", "JMESPath expression applied to the result; implies -o json")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
}

// client returns a client of the servers asked.
func (a *asker) client() (*client.Client, error) {
	servers := a.servers
	if len(servers) == 0 {
		servers = strings.Split(cmp.Or(os.Getenv("MERIDIAN_SERVERS"), defaultServers), ",")
	}
	token, err := a.bearer()
	if err != nil {
		return nil, err
	}
	return client.New(client.Options{Servers: servers, Timeout: a.timeout, Token: token, TLS: a.tls})
}

// bearer returns the token: of the flags, else of the environment. A token
// itself comes before a file with one.
func (a *asker) bearer() (string, error) {
	for _, from := range [2]struct{ token, file string }{
		{a.token, a.file},
		{os.Getenv("MERIDIAN_TOKEN"), os.Getenv("MERIDIAN_TOKEN_FILE")},
	} {
		if from.token != "" {
			return from.token, nil
		}
		if from.file != "" {
			return client.ReadToken(from.file)
		}
	}
	return "", nil
}

// with runs a verb with a client.
func (a *asker) with(do func(*cobra.Command, []string, *client.Client) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := a.check(); err != nil {
			return err
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		defer c.Close()
		return do(cmd, args, c)
	}
}

func (a *asker) check() error {
	switch a.format {
	case "table", "json", "yaml":
		return nil
	}
	return fmt.Errorf("output format %q: want table, json or yaml", a.format)
}
