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
	for _, p := range []string{"license", "licence", "copying", "copyright", "notice"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// recognise returns the SPDX identifiers of the licences whose words are in
// text; none where there is a licence among them that a static binary must not
// carry.
func recognise(text string) []string {
	words := strings.ToLower(strings.Join(strings.Fields(text), " "))
	has := func(phrase string) bool { return strings.Contains(words, phrase) }
	var ids []string
	for _, l := range []struct {
		id string
		is bool
	}{
		{"Apache-2.0", has("apache license") && has("version 2.0")},
		{"BSD-2-Clause", has("redistribution and use in source and binary forms") && !has("neither the name") && !has("may not be used to endorse")},
		{"BSD-3-Clause", has("redistribution and use in source and binary forms") && (has("neither the name") || has("may not be used to endorse"))},
		{"ISC", has("permission to use, copy, modify, and/or distribute this software for any purpose")},
		{"MIT", has("permission is hereby granted, free of charge, to any person obtaining a copy")},
		{"MPL-2.0", has("mozilla public license") && has("version 2.0")},
	} {
		if l.is {
			ids = append(ids, l.id)
		}
	}
	gnu := has("gnu general public license") || has("gnu affero") || has("gnu lesser")
	if gnu && !slices.Contains(ids, "MPL-2.0") || has("business source license") || has("server side public license") {
		return nil
	}
	return ids
}
