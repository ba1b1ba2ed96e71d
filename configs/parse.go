package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Limits of a document, checked before anything is built from it.
const (
	MaxDocument  = 8 << 20   // octets
	maxDepth     = 24        // values inside values
	maxTokens    = 1_200_000 // line ends, commas and opening brackets: a bound of the number of values
	maxAliased   = 50_000    // values that aliases stand for, all together
	maxKeyLength = 128       // octets
)

// parse reads the text of src into a tree. What is wrong goes to r; the tree is
// nil when there is none to go on with.
func parse(src *source, r *report) *value {
	if problem := oversize(src.data); problem != "" {
		r.add(pos{1, 1}, "", false, problem)
		return nil
	}
	if at, bad := src.invalid(); bad {
		r.add(at, "", false, "an octet that is not UTF-8: want text in UTF-8")
		return nil
	}
	doc, second, err := compose(src.data)
	switch {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) != 1:
		r.add(pos{1, 1}, "", false, "the document is empty: want a mapping")
	case err != nil:
		syntaxProblems(err, r)
	case second != nil:
		r.add(posOf(second), "", false, "a second document begins here: want one document")
	default:
		return plant(doc.Content[0], r)
	}
	return nil
}

// plant turns the value of a YAML document into a tree; nil when it is no
// mapping.
func plant(n *yaml.Node, r *report) *value {
	p := &planter{r: r, open: map[*yaml.Node]bool{}}
	root := p.plant(n, nil)
	if p.aliased > maxAliased || root == nil {
		return nil
	}
	if root.shape != table {
		r.add(root.pos, "", false, fmt.Sprintf("the document is %s: want a mapping", root.shape))
		return nil
	}
	return root
}

// oversize says which limit the text breaks; empty when none.
func oversize(data []byte) string {
	if len(data) > MaxDocument {
		return fmt.Sprintf("document of %d octets: want at most %d", len(data), MaxDocument)
	}
	tokens := 0
	for _, c := range data {
		switch c {
		case '\n', ',', '[', '{', '\r':
			tokens++
		}
	}
	if tokens > maxTokens {
		return fmt.Sprintf("document of %d lines, commas and brackets: want at most %d", tokens, maxTokens)
	}
	return ""
}

// compose runs the YAML parser; second is what follows the document, if
// anything does. The error is io.EOF where there is none.
func compose(data []byte) (doc, second *yaml.Node, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("reading YAML: %v", caught)
		}
	}()
	limits := yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(4 * maxDepth)))
	loader, err := yaml.NewLoader(bytes.NewReader(yamlText(data)), limits)
	if err != nil {
		return nil, nil, err
	}
	doc, second = new(yaml.Node), new(yaml.Node)
	if err := loader.Load(doc); err != nil {
		return nil, nil, err
	}
	switch err := loader.Load(second); {
	case errors.Is(err, io.EOF):
		return doc, nil, nil
	case err != nil:
		return nil, nil, err
	}
	return doc, second, nil
}

// syntaxProblems reports an error of the YAML parser.
func syntaxProblems(err error, r *report) {
	found := loadErrors(err)
	for _, e := range found {
		syntaxProblem(e, r)
	}
	if len(found) == 0 {
		r.add(pos{1, 1}, "", false, err.Error())
	}
}

func loadErrors(err error) []*yaml.LoadError {
	if all, ok := errors.AsType[*yaml.LoadErrors](err); ok && len(all.Errors) > 0 {
		return all.Errors
	}
	if one, ok := errors.AsType[*yaml.LoadError](err); ok {
		return []*yaml.LoadError{one}
	}
	return nil
}

func syntaxProblem(e *yaml.LoadError, r *report) {
	message := "not valid YAML: " + strings.TrimPrefix(e.Message, "yaml: ")
	if e.ContextMsg != "" {
		message += ", " + e.ContextMsg
	}
	r.add(pos{max(e.Mark.Line, 1), max(e.Mark.Column, 1)}, "", false, message)
}
