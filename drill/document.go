package drill

// document is a report in words, before it is Markdown or HTML: both render
// the same. Its texts are plain; who renders escapes.
type document struct {
	Title    string
	Verdict  Verdict
	Lead     []string // paragraphs
	Sections []section
}

// section has some of text, table and plot.
type section struct {
	Title string
	Text  []string
	Plot  *plot
	Table *table
}

// table is rows of cells under a head; cells may be fewer than the head.
type table struct {
	Caption string
	Head    []string
	Rows    [][]string
}

func (t *table) add(cells ...string) { t.Rows = append(t.Rows, cells) }

// none stands for what is not known.
const none = "–"

func text(s string) string {
	if s == "" {
		return none
	}
	return s
}

// write puts the report into words.
func (r *Report) document() document {
	d := document{Title: "Drill " + r.Spec.ID, Verdict: r.Verdict, Lead: r.lead()}
	d.Sections = append(
		d.Sections,
		r.hypothesisSection(), r.timesSection(), r.nodesSection(),
		r.sharesSection(), r.curvesSection("DNS answers over time", "share of answers", r.Answers),
		r.curvesSection("Arrivals over time", "share of arrivals", r.Arrivals),
		r.lateSection(), r.failuresSection(), r.latencySection(), r.eventsSection(), r.notesSection(),
	)
	return d
}
