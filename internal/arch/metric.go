package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// metric is what a composite literal of the Prometheus client says of a metric.
type metric struct {
	file *File
	pos  token.Pos
	kind string // counter, gauge, histogram, summary
	name string
	help string
}

func checkMetrics(t *Tree) []Finding {
	var out []Finding
	for _, m := range t.metrics() {
		if !strings.HasPrefix(m.name, Module+"_") {
			out = append(out, t.at(m.file, m.pos, "metric %q: the name starts with %s_", m.name, Module))
		}
		problems, err := promlint.New(strings.NewReader(m.exposition())).Lint()
		if err != nil {
			out = append(out, t.at(m.file, m.pos, "metric %q: %v", m.name, err))
		}
		for _, p := range problems {
			out = append(out, t.at(m.file, m.pos, "metric %q: %s", m.name, p.Text))
		}
	}
	return out
}

// exposition writes the metric as a scrape with one sample would show it.
func (m metric) exposition() string {
	sample := m.name + " 1\n"
	if m.kind == "histogram" {
		sample = fmt.Sprintf("%[1]s_bucket{le=\"+Inf\"} 1\n%[1]s_sum 1\n%[1]s_count 1\n", m.name)
	}
	help := ""
	if m.help != "" {
		help = fmt.Sprintf("# HELP %s %s\n", m.name, m.help)
	}
	return help + fmt.Sprintf("# TYPE %s %s\n", m.name, m.kind) + sample
}

// metrics finds the prometheus.CounterOpts, GaugeOpts, HistogramOpts,
// SummaryOpts and NewDesc calls of the product whose names are literals or
// constants of the package.
func (t *Tree) metrics() []metric {
	var out []metric
	constants := map[string]map[string]string{}
	for _, f := range t.Product() {
		consts, ok := constants[f.Dir]
		if !ok {
			consts = t.constants(f.Dir)
			constants[f.Dir] = consts
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			m, ok := metric{}, false
			switch n := n.(type) {
			case *ast.CompositeLit:
				m, ok = metricOf(n, consts)
			case *ast.CallExpr:
				m, ok = described(n, consts)
			}
			if ok {
				m.file = f
				out = append(out, m)
			}
			return true
		})
	}
	return out
}

// described reads prometheus.NewDesc(name, help, …). A description does not
// say its kind; the name must.
func described(call *ast.CallExpr, consts map[string]string) (m metric, ok bool) {
	if selector(call.Fun) != "prometheus.NewDesc" || len(call.Args) < 2 {
		return metric{}, false
	}
	m = metric{pos: call.Pos(), kind: "gauge", name: text(call.Args[0], consts), help: text(call.Args[1], consts)}
	if strings.HasSuffix(m.name, "_total") {
		m.kind = "counter"
	}
	return m, m.name != "" && !strings.HasSuffix(m.name, "_")
}

// metricOf reads the options in lit; ok is false where the name is computed.
func metricOf(lit *ast.CompositeLit, consts map[string]string) (m metric, ok bool) {
	kind := map[string]string{
		"prometheus.CounterOpts": "counter", "prometheus.GaugeOpts": "gauge",
		"prometheus.HistogramOpts": "histogram", "prometheus.SummaryOpts": "summary",
	}[selector(lit.Type)]
	part := map[string]string{}
	for _, e := range lit.Elts {
		kv, isKV := e.(*ast.KeyValueExpr)
		if !isKV {
			continue
		}
		key, isIdent := kv.Key.(*ast.Ident)
		if isIdent {
			part[key.Name] = text(kv.Value, consts)
		}
	}
	var name []string
	for _, key := range []string{"Namespace", "Subsystem", "Name"} {
		if part[key] != "" {
			name = append(name, part[key])
		}
	}
	m = metric{pos: lit.Pos(), kind: kind, name: strings.Join(name, "_"), help: part["Help"]}
	return m, kind != "" && part["Name"] != ""
}

// text evaluates a string literal, a constant, or a sum of both.
func text(expr ast.Expr, consts map[string]string) string {
	switch e := expr.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			return ""
		}
		return s
	case *ast.Ident:
		return consts[e.Name]
	case *ast.BinaryExpr:
		return text(e.X, consts) + text(e.Y, consts)
	}
	return ""
}

// constants returns the string constants of a package.
func (t *Tree) constants(dir string) map[string]string {
	out := map[string]string{}
	for _, f := range t.Files {
		if f.Dir != dir {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					out[name.Name] = text(spec.Values[i], nil)
				}
			}
			return true
		})
	}
	return out
}
