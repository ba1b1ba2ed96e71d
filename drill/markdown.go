package drill

import (
	"fmt"
	"strings"
)

// Markdown returns the report as CommonMark with tables. Texts of people are
// escaped: no name makes a link, a heading or markup.
func (r *Report) Markdown() []byte {
	d := r.document()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", escape(d.Title))
	for _, p := range d.Lead {
		fmt.Fprintf(&b, "\n%s\n", escape(p))
	}
	for _, s := range d.Sections {
		s.markdown(&b)
	}
	return []byte(b.String())
}

func (s section) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n", escape(s.Title))
	for _, p := range s.Text {
		fmt.Fprintf(b, "\n%s\n", escape(p))
	}
	if s.Plot != nil {
		fmt.Fprintf(b, "\n%s", s.Plot.blocks())
	}
	if s.Table != nil && len(s.Table.Rows) > 0 {
		s.Table.markdown(b)
	}
}

func (t *table) markdown(b *strings.Builder) {
	b.WriteString("\n")
	row(b, t.Head)
	b.WriteString("|" + strings.Repeat(" --- |", len(t.Head)) + "\n")
	for _, cells := range t.Rows {
		row(b, cells)
	}
}

func row(b *strings.Builder, cells []string) {
	b.WriteString("|")
	for _, c := range cells {
		fmt.Fprintf(b, " %s |", escape(c))
	}
	b.WriteString("\n")
}

// escape makes plain text of s in CommonMark and its common extensions, inside
// a line: markup, links, autolinks, mentions, tables and raw HTML.
func escape(s string) string {
	var b strings.Builder
	for _, r := range flat(s) {
		if strings.ContainsRune("\\`*_{}[]<>#+!|&~@$^", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	out := b.String()
	for _, link := range []string{"://", "www.", "WWW."} {
		cut := len(link) - 1
		if link == "://" {
			cut = 0
		}
		out = strings.ReplaceAll(out, link, link[:cut]+"\\"+link[cut:])
	}
	return out
}

// blocksWide is how many columns a line of a plot has in Markdown.
const blocksWide = 60

// blocks draws the plot with block characters in a code block.
func (p *plot) blocks() string {
	var b strings.Builder
	s := p.scale()
	fmt.Fprintf(&b, "    %s, from 0 %% to 100 %%, over %s from %s to %s\n\n", p.Y, p.X, digits(s.low), digits(s.high))
	width := 0
	for _, l := range p.Lines {
		width = max(width, len(l.Name))
	}
	for _, l := range p.Lines {
		fmt.Fprintf(&b, "    %-*s %s\n", width, l.Name, l.bar())
	}
	return b.String()
}

// bar is a line as a row of blocks; a blank is what is not known.
func (c curve) bar() string {
	levels := []rune(" ▁▂▃▄▅▆▇█")
	var out []rune
	for _, i := range sampled(len(c.Points), blocksWide) {
		pt := c.Points[i]
		switch {
		case !pt.Known:
			out = append(out, ' ')
		default:
			out = append(out, levels[max(1, min(8, int(pt.Y*8+.5)))])
		}
	}
	return string(out)
}
