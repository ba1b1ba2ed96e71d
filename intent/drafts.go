package intent

// Note is what an operator should know of a command's drafts.
type Note string

// The notes.
const (
	NoteNone      Note = ""
	NoteUnchanged Note = "unchanged" // it is already so: there is nothing to write
	NoteDrill     Note = "drill"     // a drill keeps it out of service, until it ends or is aborted
)

// Drafts says what to write so that a command comes true: values that have
// everything but an id (Stamp). There are none where operators have already
// said just that; what has a lease is always written anew.
//
//	off                        standing; and takes back what is timed and says something else
//	not off                    takes back what stands, or says it where the plan says otherwise; what is timed as above
//	For                        timed
//	Reset                      takes back what stands and what is timed
//	Drill (and Reset)          drill
//
// A drill's layer is only changed by a command that says Drill.
func Drafts(c Command, in Input) ([]Value, Note) {
	d := drafting{c: c}
	for _, h := range in.Values {
		if h.Object == c.Object && h.Property == c.Property && h.Layer < layers {
			d.heads[h.Layer] = append(d.heads[h.Layer], h)
		}
	}
	now := Fold(in)
	e := now.At(Target{Object: c.Object, Property: c.Property})
	switch {
	case c.Drill && c.Reset:
		d.takeBack(Drill, "")
	case c.Drill:
		d.say(Drill)
	case c.Reset:
		d.takeBack(Standing, "")
		d.takeBack(Timed, "")
	case c.For > 0:
		d.say(Timed)
	default:
		d.stand(e.Plan, now)
		d.takeBack(Timed, c.Text)
	}
	return d.out, d.note(e)
}

// drafting is a command on its way to drafts.
type drafting struct {
	c     Command
	heads [layers][]Held // all that is held of the command's target
	out   []Value
}

func (d *drafting) note(e Effective) Note {
	switch {
	case e.Drill != nil && !d.c.Drill && !d.c.Property.Off(d.c.Text):
		return NoteDrill
	case len(d.out) == 0:
		return NoteUnchanged
	}
	return NoteNone
}

// stand makes the standing layer say the command's text, given what the plan
// says and what is held now: that is said again, to be admitted or refused.
func (d *drafting) stand(plan string, now Outcome) {
	c := d.c
	if !c.Property.Off(c.Text) && c.Text == c.Property.orDefault(plan) {
		d.takeBack(Standing, "")
		return
	}
	v, ok, conflict := Resolve(d.heads[Standing])
	if !ok || conflict != nil || v.Text != c.Text || now.holds(v.Value) {
		d.say(Standing)
	}
}

func (d *drafting) say(l Layer) { d.write(d.c.value(l)) }

// takeBack clears a layer in which anything counts but the text to keep, ""
// keeping none, or in which operators disagree.
func (d *drafting) takeBack(l Layer, keep string) {
	v, ok, conflict := Resolve(d.heads[l])
	if conflict != nil || ok && (keep == "" || v.Text != keep) {
		d.write(d.c.clearing(l))
	}
}

func (d *drafting) write(v Value) {
	v.Seen = seenOf(d.heads[v.Layer])
	d.out = append(d.out, v)
}
