package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNoticesAreCurrent(t *testing.T) {
	want, err := generate(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../THIRD_PARTY_NOTICES")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("THIRD_PARTY_NOTICES is out of date, run `make notices` (-file +generated):\n%s", cmp.Diff(strings.Split(string(got), "\n"), strings.Split(string(want), "\n")))
	}
}

func TestRecognise(t *testing.T) {
	const bsd = "Redistribution and use in source and\n binary forms, with or without modification, are permitted"
	tests := map[string]struct {
		text string
		want string
	}{
		"apache":       {"Apache License\n Version 2.0, January 2004", "Apache-2.0"},
		"mit":          {"Permission is hereby granted, free of charge, to any\nperson obtaining a copy of", "MIT"},
		"bsd2":         {bsd, "BSD-2-Clause"},
		"bsd3":         {bsd + "\nNeither the name of", "BSD-3-Clause"},
		"isc":          {"Permission to use, copy, modify, and/or distribute this software for any\npurpose", "ISC"},
		"mpl":          {"Mozilla Public License Version 2.0 … GNU General Public License", "MPL-2.0"},
		"two":          {"Apache License Version 2.0\nPermission is hereby granted, free of charge, to any person obtaining a copy", "Apache-2.0 MIT"},
		"gpl":          {"GNU General Public License version 3", ""},
		"mit with gpl": {"Permission is hereby granted, free of charge, to any person obtaining a copy\nGNU Lesser", ""},
		"bsl":          {"Business Source License 1.1 … Apache License, Version 2.0", ""},
		"prose":        {"All rights reserved.", ""},
	}
	for name, tt := range tests {
		if got := strings.Join(recognise(tt.text), " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestNoticeRefusesWhatIsNotLicensed(t *testing.T) {
	tests := map[string]struct{ file, text, want string }{
		"no file":     {"README.md", "MIT, honest", "no licence file"},
		"unknown":     {"LICENSE", "Do as you are told.", "LICENSE: the licence is not recognised"},
		"notice only": {"NOTICE", "Copyright somebody", "no licence file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := module{Path: "example.com/x", Dir: dir, folders: []string{dir}}.notice()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error saying %q", err, tt.want)
			}
		})
	}
}

// TestDecode reads what go list prints for a package in a subfolder of a
// module, one of the standard library, and one of our own.
func TestDecode(t *testing.T) {
	got, err := decode(strings.NewReader(`
{"Dir": "/go/src/fmt", "Standard": true}
{"Dir": "/src/routing", "Module": {"Path": "meridian", "Dir": "/src", "Main": true}}
{"Dir": "/mod/y@v1/a/b", "Module": {"Path": "example.com/y", "Version": "v1", "Dir": "/mod/y@v1"}}
{"Dir": "/mod/y@v1", "Module": {"Path": "example.com/y", "Version": "v1", "Dir": "/mod/y@v1"}}
{"Dir": "/mod/x@v2", "Module": {"Path": "example.com/x", "Version": "v2", "Dir": "/mod/x@v2"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []module{
		{Path: "example.com/x", Version: "v2", Dir: "/mod/x@v2", folders: []string{"/mod/x@v2"}},
		{Path: "example.com/y", Version: "v1", Dir: "/mod/y@v1", folders: []string{"/mod/y@v1", "/mod/y@v1/a", "/mod/y@v1/a/b"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(module{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRenderSaysWhereMPLSourceIs(t *testing.T) {
	got := string(render([]notice{
		{module: module{Path: "example.com/a", Version: "v1"}, licences: []string{"MPL-2.0"}, texts: []string{"TEXT"}},
		{module: module{Path: "example.com/b", Version: "v2"}, licences: []string{"MPL-2.0"}, texts: []string{"TEXT"}},
	}))
	if !strings.Contains(got, "source is the module example.com/b at v2") {
		t.Errorf("got no line saying where the source of example.com/b is:\n%s", got)
	}
	if n := strings.Count(got, "TEXT"); n != 1 {
		t.Errorf("got the shared text %d times, want once", n)
	}
}
