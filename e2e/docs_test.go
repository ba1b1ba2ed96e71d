//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of the module.
const root = ".."

// block is a fenced block of a page.
type block struct {
	page string
	line int    // of its first command
	info string // what stands behind the fence
	text string
}

// blocks returns the fenced blocks of a page whose information string begins
// with sh.
func blocks(page, text string) []block {
	var out []block
	open, indent := false, ""
	for i, line := range strings.Split(text, "\n") {
		fence, fenced := strings.CutPrefix(strings.TrimLeft(line, " "), "```")
		switch {
		case fenced && open:
			open = false
		case fenced:
			open, indent = true, line[:strings.Index(line, "```")]
			out = append(out, block{page: page, line: i + 2, info: strings.TrimSpace(fence)})
		case open:
			out[len(out)-1].text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	var shell []block
	for _, b := range out {
		if word, _, _ := strings.Cut(b.info, " "); word == "sh" {
			shell = append(shell, b)
		}
	}
	return shell
}

// pages are all pages that people read.
func pages(t *testing.T) []string {
	t.Helper()
	out := []string{"README.md", "CONTRIBUTING.md"}
	for _, pattern := range []string{"docs/*.md", "docs/adr/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			out = append(out, strings.TrimPrefix(f, root+"/"))
		}
	}
	return out
}

// marked returns the blocks with an information string, and fails for one that
// is nearly right.
func marked(t *testing.T, info string) []block {
	t.Helper()
	var out []block
	for _, page := range pages(t) {
		for _, b := range blocks(page, read(t, filepath.Join(root, page))) {
			switch b.info {
			case info:
				out = append(out, b)
			case "sh", "sh test", "sh demo", "sh cluster":
			default:
				t.Errorf("%s:%d: block %q: want sh (not run), sh test, sh demo or sh cluster", b.page, b.line, b.info)
			}
		}
	}
	return out
}

// checkout copies what commands in the pages may use to a folder, with the
// binary at bin/meridian.
func checkout(t *testing.T) string {
	t.Helper()
	dir := folder(t)
	for _, name := range []string{"README.md", "configs", "docs", "packaging"} {
		run(t, "cp", "-r", filepath.Join(root, name), dir)
	}
	bin := strings.TrimSpace(run(t, "sh", "-c", "command -v meridian"))
	if err := os.Mkdir(dir+"/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin, dir+"/bin/meridian"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shell runs a block as a user would, in a folder.
func shell(t *testing.T, ns namespace, dir string, b block) {
	t.Helper()
	command := ns.command("bash", "-eu", "-o", "pipefail", "-c", "cd '"+dir+"'\n"+b.text)
	out, err := attempt(t, command...)
	if err != nil {
		t.Fatalf("%s:%d: %v\n--- commands\n%s--- output\n%s", b.page, b.line, err, b.text, out)
	}
	asked := len(regexp.MustCompile(`(?m)^\s*dig .*\+short`).FindAllString(b.text, -1))
	answers := len(regexp.MustCompile(`(?m)^[0-9a-f.:]+$`).FindAllString(out, -1))
	if answers < asked {
		t.Errorf("%s:%d: %d questions, %d answers\n--- commands\n%s--- output\n%s", b.page, b.line, asked, answers, b.text, out)
	}
}

// TestDocumentedCommands runs every block marked "sh test".
func TestDocumentedCommands(t *testing.T) {
	need(t, "bash")
	found := marked(t, "sh test")
	if len(found) == 0 {
		t.Fatal("no page has a block marked \"sh test\"")
	}
	dir := checkout(t)
	for _, b := range found {
		t.Run(fmt.Sprintf("%s:%d", b.page, b.line), func(t *testing.T) { shell(t, "", dir, b) })
	}
}

// TestDocumentedTour runs every block marked "sh demo" while a demo is up, in a
// namespace, where its usual ports are free.
func TestDocumentedTour(t *testing.T) {
	needRoot(t)
	need(t, "bash", "dig", "curl", "ip")
	found := marked(t, "sh demo")
	if len(found) == 0 {
		t.Fatal("no page has a block marked \"sh demo\"")
	}
	dir := checkout(t)
	ns := newNamespace(t)
	runtime := "XDG_RUNTIME_DIR=" + folder(t)
	demo := start(t, []string{runtime}, ns.command("meridian", "demo")...)
	demo.says(t, startTime, "ready after")
	for _, b := range found {
		b.text = "export " + runtime + "\n" + b.text
		t.Run(fmt.Sprintf("%s:%d", b.page, b.line), func(t *testing.T) { shell(t, ns, dir, b) })
	}
	if !demo.alive() {
		t.Errorf("the demo ended: %v", demo.err)
	}
	t.Run("what it says to try", func(t *testing.T) { tryAll(t, ns, dir, runtime, demo.log.String()) })
}

// tryAll runs the commands that the demo itself proposes.
func tryAll(t *testing.T, ns namespace, dir, runtime, said string) {
	_, list, ok := strings.Cut(said, "try, in another terminal:\n")
	if !ok {
		t.Fatalf("the demo proposes nothing:\n%s", said)
	}
	list, _, _ = strings.Cut(list, "\n\n")
	commands := strings.Split(strings.TrimSpace(list), "\n")
	if len(commands) < 5 {
		t.Errorf("the demo proposes %q, want more", commands)
	}
	for _, c := range commands {
		shell(t, ns, dir, block{page: "meridian demo", info: "sh demo", text: "export " + runtime + "\n" + strings.TrimSpace(c) + "\n"})
	}
}
