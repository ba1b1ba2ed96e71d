package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"meridian/configs"
	"meridian/configs/azure"
	"meridian/node"
)

// importOptions are the flags of import azure.
type importOptions struct {
	out, name, zone string
	withoutPolicies bool
}

func newImport() *cobra.Command {
	cmd := &cobra.Command{Use: "import", Short: "Make a service document of documents of other systems"}
	cmd.AddCommand(newImportAzure())
	return cmd
}

func newImportAzure() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use: "azure FILE...", Short: "Import API Management and Traffic Manager from ARM JSON", Args: cobra.MinimumNArgs(1),
		Long: "Reads REST bodies, lists and deployment templates of Azure Resource Manager with\n" +
			"backends, pools, APIs, operations, policies, named values, fragments and Traffic\n" +
			"Manager profiles, and writes a service document with its policy files that check\n" +
			"accepts. It tells what it changed, ignored and refused, each with file and JSON\n" +
			"path. Files of deployment parameters among FILE... set the parameters of templates.\n" +
			"Exit status 3: something was refused; 1: nothing was imported.",
		RunE: func(cmd *cobra.Command, args []string) error { return importAzure(cmd, args, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.out, "out", "imported", "folder to write to; it must not have a service.yaml yet")
	f.StringVar(&o.name, "name", "", "name of the service (default: the API Management service's)")
	f.StringVar(&o.zone, "zone", "", "zone of the service (default: a placeholder)")
	f.BoolVar(&o.withoutPolicies, "without-refused-policies", false, "import APIs whose policies are refused, without these policies")
	return cmd
}

func importAzure(cmd *cobra.Command, files []string, o importOptions) error {
	document := filepath.Join(o.out, "service.yaml")
	if _, err := os.Lstat(document); err == nil {
		return fmt.Errorf("%s is there already: want another --out, or the file out of the way", document)
	}
	var sources []azure.Source
	for _, file := range files {
		data, err := configs.ReadDocument(file)
		if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		sources = append(sources, azure.Source{Name: file, Data: data})
	}
	warnOfPolicies(cmd.ErrOrStderr(), files)
	r := azure.Import(sources, azure.Options{
		Name: o.name, Zone: o.zone, WithoutPolicies: o.withoutPolicies,
		Check: configs.JudgeImport(configs.Options{Region: node.CloudRegion}),
	})
	writeNotes(cmd.OutOrStdout(), r)
	if r.Document == nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "meridian: nothing was imported")
		return exitError(exitRefused)
	}
	if err := writeImported(o.out, r, files); err != nil {
		return fmt.Errorf("writing what was imported: %w", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d locations, %d backends and pools, %d APIs with %d operations, %d profiles; %d changed, %d ignored, %d refused\n",
		document, r.Locations, r.Backends, r.APIs, r.Operations, r.Profiles, len(r.Changed), len(r.Ignored), len(r.Refused))
	if len(r.Refused) > 0 {
		return exitError(exitIncomplete)
	}
	return nil
}

// warnOfPolicies tells of each policy document beside the files, as extractors
// leave them: it is not read, and may be what guards an API.
func warnOfPolicies(w io.Writer, files []string) {
	told := map[string]bool{}
	for _, file := range files {
		beside := filepath.Join(filepath.Dir(file), "policy.xml")
		if info, err := os.Stat(beside); err != nil || !info.Mode().IsRegular() || told[beside] {
			continue
		}
		told[beside] = true
		fmt.Fprintf(w, "meridian: warning: %s is not read: policies count where they are in the JSON\n", beside)
	}
}

// writeNotes tells what was changed, ignored and refused.
func writeNotes(w io.Writer, r *azure.Result) {
	for _, list := range []struct {
		title string
		notes []azure.Note
	}{{"changed", r.Changed}, {"ignored", r.Ignored}, {"refused", r.Refused}} {
		if len(list.notes) == 0 {
			continue
		}
		fmt.Fprintf(w, "%s:\n", list.title)
		for _, n := range list.notes {
			fmt.Fprintf(w, "  %s\n", n)
		}
	}
}

// writeImported writes the document and its files into a folder, those of
// refused policies under refused.
func writeImported(dir string, r *azure.Result, from []string) error {
	text, err := configs.FormatYAML(r.Document, "Imported from "+strings.Join(from, ", ")+".\nBefore it is served: zone, nameServers and secrets.")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	errs := []error{}
	write := func(name string, data []byte) {
		errs = append(errs, root.MkdirAll(filepath.Dir(name), 0o755), root.WriteFile(name, data, 0o644))
	}
	for _, f := range r.Files {
		write(filepath.FromSlash(f.Name), f.Data)
	}
	for _, f := range r.Unused {
		write(filepath.Join("refused", filepath.FromSlash(f.Name)), f.Data)
	}
	write("service.yaml", text)
	return errors.Join(append(errs, root.Close())...)
}
