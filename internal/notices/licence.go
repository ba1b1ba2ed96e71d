package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// notice is what has to be passed on for a module.
type notice struct {
	module   module
	licences []string // SPDX identifiers, sorted
	texts    []string // the licence and notice files, whole
}

// notice reads the licence and notice files beside the linked packages.
func (m module) notice() (notice, error) {
	n := notice{module: m}
	for _, dir := range m.folders {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return n, fmt.Errorf("%w (is the module downloaded? go mod download)", err)
		}
		for _, e := range entries {
			if e.IsDir() || !legal(e.Name()) {
				continue
			}
			if err := n.read(filepath.Join(dir, e.Name())); err != nil {
				return n, err
			}
		}
	}
	if len(n.licences) == 0 {
		return n, errors.New("no licence file")
	}
	slices.Sort(n.licences)
	n.licences = slices.Compact(n.licences)
	return n, nil
}

func (n *notice) read(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	n.texts = append(n.texts, strings.TrimRight(text, " \t\n"))
	name := strings.ToLower(filepath.Base(path))
	ids := recognise(text)
	switch {
	case strings.HasPrefix(name, "notice"), strings.HasPrefix(name, "copyright"):
		return nil // says who, not under which terms
	case len(ids) == 0:
		return fmt.Errorf("%s: the licence is not recognised; allowed are Apache-2.0, BSD-2-Clause, BSD-3-Clause, ISC, MIT, MPL-2.0", filepath.Base(path))
	}
	n.licences = append(n.licences, ids...)
	return nil
}

// legal reports whether a file of that name holds a licence or a notice.
func legal(name string) bool {
	name = strings.ToLower(name)
	if ext := filepath.Ext(name); ext != "" && ext != ".txt" && ext != ".md" && !strings.HasPrefix(ext, ".libyaml") {
		return false
	}
	stems := []string{"license", "licence", "copying", "copyright", "notice"}
	return slices.ContainsFunc(stems, func(stem string) bool { return strings.HasPrefix(name, stem) })
}

// terms are the phrases by which a licence is known.
type terms struct {
	id   string
	all  []string // every one of these
	any  []string // at least one of these, where there are any
	none []string // none of these
}

func licences() []terms {
	bsd := []string{"redistribution and use in source and binary forms"}
	endorse := []string{"neither the name", "may not be used to endorse"}
	return []terms{
		{id: "Apache-2.0", all: []string{"apache license", "version 2.0"}},
		{id: "BSD-2-Clause", all: bsd, none: endorse},
		{id: "BSD-3-Clause", all: bsd, any: endorse},
		{id: "ISC", all: []string{"permission to use, copy, modify, and/or distribute this software for any purpose"}},
		{id: "MIT", all: []string{"permission is hereby granted, free of charge, to any person obtaining a copy"}},
		{id: "MPL-2.0", all: []string{"mozilla public license", "version 2.0"}},
	}
}

// refused are licences that a static binary under Apache-2.0 must not carry.
// MPL-2.0 names the GNU licences as secondary ones.
func refused() []terms {
	return []terms{
		{any: []string{"gnu general public license", "gnu affero", "gnu lesser"}, none: []string{"mozilla public license"}},
		{any: []string{"business source license", "server side public license"}},
	}
}

// recognise returns the SPDX identifiers of the licences whose words are in
// text; none where a refused one is among them.
func recognise(text string) []string {
	words := strings.ToLower(strings.Join(strings.Fields(text), " "))
	var ids []string
	for _, t := range licences() {
		if t.match(words) {
			ids = append(ids, t.id)
		}
	}
	if slices.ContainsFunc(refused(), func(t terms) bool { return t.match(words) }) {
		return nil
	}
	return ids
}

func (t terms) match(words string) bool {
	has := func(phrase string) bool { return strings.Contains(words, phrase) }
	lacks := func(phrase string) bool { return !has(phrase) }
	return !slices.ContainsFunc(t.all, lacks) && !slices.ContainsFunc(t.none, has) &&
		(len(t.any) == 0 || slices.ContainsFunc(t.any, has))
}
