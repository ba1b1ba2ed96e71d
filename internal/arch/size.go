package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"iter"
	"slices"
)

// Budgets of CONTRIBUTING.md, in lines including blank ones and comments.
const (
	maxFile       = 600
	medianFile    = 150
	maxFunc       = 90
	medianFunc    = 10
	maxComplexity = 10
)

func checkFileSize(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		if f.Lines > maxFile && !f.Generated {
			out = append(out, Finding{Path: f.Path, What: fmt.Sprintf("%d lines, at most %d", f.Lines, maxFile)})
		}
	}
	var sizes []int
	for _, f := range t.Product() {
		sizes = append(sizes, f.Lines)
	}
	if m := median(sizes); m > medianFile {
		out = append(out, Finding{Path: "./", What: fmt.Sprintf("median file has %d lines, at most %d", m, medianFile)})
	}
	return out
}

func checkFuncSize(t *Tree) []Finding {
	var out []Finding
	var sizes []int
	for f, fn := range funcs(t.Product()) {
		n := t.line(fn.End()) - t.line(fn.Pos()) + 1
		sizes = append(sizes, n)
		if n > maxFunc {
			out = append(out, t.at(f, fn.Pos(), "func %s has %d lines, at most %d", fn.Name.Name, n, maxFunc))
		}
	}
	if m := median(sizes); m > medianFunc {
		out = append(out, Finding{Path: "./", What: fmt.Sprintf("median function has %d lines, at most %d", m, medianFunc)})
	}
	return out
}

func checkComplexity(t *Tree) []Finding {
	var out []Finding
	for f, fn := range funcs(t.Product()) {
		if n := complexity(fn); n > maxComplexity {
			out = append(out, t.at(f, fn.Pos(), "func %s has a cyclomatic complexity of %d, at most %d", fn.Name.Name, n, maxComplexity))
		}
	}
	return out
}

// complexity counts the paths through a function as McCabe does: one, and one
// more for each branch, loop, case and short-circuit. Function literals belong
// to the function they stand in.
func complexity(fn *ast.FuncDecl) int {
	n := 1
	ast.Inspect(fn, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			n += branch(node.List != nil)
		case *ast.CommClause:
			n += branch(node.Comm != nil)
		case *ast.BinaryExpr:
			n += branch(node.Op == token.LAND || node.Op == token.LOR)
		}
		return true
	})
	return n
}

func branch(b bool) int {
	if b {
		return 1
	}
	return 0
}

// funcs yields the functions of files, in order.
func funcs(files []*File) iter.Seq2[*File, *ast.FuncDecl] {
	return func(yield func(*File, *ast.FuncDecl) bool) {
		for f, decl := range decls(files) {
			if fn, ok := decl.(*ast.FuncDecl); ok && !yield(f, fn) {
				return
			}
		}
	}
}

// decls yields the declarations at the top of files, in order.
func decls(files []*File) iter.Seq2[*File, ast.Decl] {
	return func(yield func(*File, ast.Decl) bool) {
		for _, f := range files {
			for _, decl := range f.AST.Decls {
				if !yield(f, decl) {
					return
				}
			}
		}
	}
}

// median returns the lower median, and 0 of nothing.
func median(n []int) int {
	if len(n) == 0 {
		return 0
	}
	slices.Sort(n)
	return n[(len(n)-1)/2]
}
