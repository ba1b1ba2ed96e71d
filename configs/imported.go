package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"meridian/configs/azure"
)

// importedName is what an imported document is called while it is judged.
const importedName = "service.yaml"

// JudgeImport returns what azure.Import asks: why a service document and its
// files cannot be used. Secrets are taken to be there.
func JudgeImport(o Options) func(document []byte, files []azure.File) []azure.Problem {
	o.Secret = func(string) (string, bool) { return placeholder, true }
	return func(document []byte, files []azure.File) []azure.Problem {
		b, err := NewBundle(importedName, document, func(name string) ([]byte, error) {
			i := slices.IndexFunc(files, func(f azure.File) bool { return f.Name == name })
			if i < 0 {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return files[i].Data, nil
		})
		if err == nil {
			_, err = b.Compile(o)
		}
		return judged(err)
	}
}

// judged returns what of the problems keeps a document from being used.
func judged(err error) []azure.Problem {
	var problems Problems
	if !errors.As(err, &problems) {
		if err != nil {
			return []azure.Problem{{Message: err.Error()}}
		}
		return nil
	}
	var out []azure.Problem
	for _, p := range problems {
		switch {
		case p.Warning:
		case p.File == importedName:
			out = append(out, azure.Problem{Path: p.Path, Message: p.Message})
		default:
			out = append(out, azure.Problem{File: p.File, Message: strings.TrimPrefix(p.String(), p.File+":")})
		}
	}
	return out
}

// FormatYAML returns a document in JSON as YAML, in the order of its keys, with
// a comment before it.
func FormatYAML(document []byte, comment string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("writing YAML: %w", err)
	}
	plainStyle(&root, 0)
	var b bytes.Buffer
	for line := range strings.Lines(strings.TrimSuffix(comment, "\n")) {
		b.WriteString("# " + strings.TrimSuffix(line, "\n") + "\n")
	}
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(&root), encoder.Close()); err != nil {
		return nil, fmt.Errorf("writing YAML: %w", err)
	}
	return b.Bytes(), nil
}

// plainStyle lays values out as people write them: blocks, with small mappings
// on one line and quotes where they are needed.
func plainStyle(n *yaml.Node, depth int) {
	n.Style = 0
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		return
	}
	if n.Kind == yaml.MappingNode && depth > 2 && len(n.Content) <= 6 && flat(n) {
		n.Style = yaml.FlowStyle
	}
	for _, item := range n.Content {
		plainStyle(item, depth+1)
	}
}

// flat reports whether a mapping has short single values only.
func flat(n *yaml.Node) bool {
	const longest = 40
	return !slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return item.Kind != yaml.ScalarNode || len(item.Value) > longest })
}
