package drill

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
)

//go:embed templates/report.html
var reportTemplate string

// page is what the template takes.
type page struct {
	Title    string
	Verdict  string
	Lead     []string
	Sections []pageSection
}

type pageSection struct {
	Title   string
	Text    []string
	Drawing *drawing
	Table   *table
}

// HTML returns the report as one page that needs nothing else: no script, no
// font, no picture from elsewhere.
func (r *Report) HTML() ([]byte, error) {
	t, err := template.New("report").Parse(reportTemplate)
	if err != nil {
		return nil, fmt.Errorf("reading report template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r.document().page()); err != nil {
		return nil, fmt.Errorf("writing report: %w", err)
	}
	return b.Bytes(), nil
}

func (d document) page() page {
	p := page{Title: d.Title, Verdict: string(d.Verdict), Lead: d.Lead}
	for i, s := range d.Sections {
		ps := pageSection{Title: s.Title, Text: s.Text, Table: s.Table}
		if s.Plot != nil {
			drawn := s.Plot.draw("plot" + strconv.Itoa(i))
			ps.Drawing = &drawn
		}
		if s.Table != nil && len(s.Table.Rows) == 0 {
			ps.Table = nil
		}
		p.Sections = append(p.Sections, ps)
	}
	return p
}
