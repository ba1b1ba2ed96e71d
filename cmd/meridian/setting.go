package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"meridian/admin/api"
)

// settingOf returns an object's switch; nil where it has none by this name.
func settingOf(all []api.Setting, property string) *api.Setting {
	for i := range all {
		if all[i].Property == property {
			return &all[i]
		}
	}
	return nil
}

// columns returns the cells EFFECTIVE, PLAN and INTENT of a switch.
func columns(all []api.Setting, property string) []any {
	s := settingOf(all, property)
	if s == nil {
		return []any{"-", "-", "-"}
	}
	effective := word(property, s.Effective)
	said := sayings(s)
	if shed := settingOf(all, "shed"); shed != nil && len(shed.Layers) > 0 {
		effective += ", " + word("shed", shed.Effective)
		said = append(said, sayings(shed)...)
	}
	return []any{effective, dash(word(property, s.Plan)), dash(strings.Join(said, "; "))}
}

// sayings describes the value that counts, and those that are held.
func sayings(s *api.Setting) (out []string) {
	if s.Intent != nil {
		out = append(out, describe(s.Property, s.Intent))
	}
	for i := range s.Layers {
		if s.Layers[i].Held != "" {
			out = append(out, "HELD: "+describe(s.Property, &s.Layers[i]))
		}
	}
	return out
}

// word writes a switch's value for people.
func word(property, value string) string {
	switch property + " " + value {
	case "disableGateway true":
		return "disabled"
	case "disableGateway false":
		return "enabled"
	case "frozen true":
		return "frozen"
	}
	if parts, err := strconv.Atoi(value); property == "shed" && err == nil {
		return fmt.Sprintf("%.4g%% sent elsewhere", float64(parts)/api.Shares*100)
	}
	return value
}

// describe writes who said what of a switch, why and until when.
func describe(property string, i *api.Intent) string {
	text := word(property, i.Value) + " by " + i.By
	if i.Layer != "standing" {
		text += " (" + i.Layer + ")"
	}
	if i.Reason != "" {
		text += fmt.Sprintf(" %q", i.Reason)
	}
	if i.Until != nil {
		text += " until " + moment(i.Until)
	}
	return text
}

// writeSettings writes everything operators said of an object.
func writeSettings(w io.Writer, all []api.Setting) {
	var lines [][]any
	for i := range all {
		s := &all[i]
		if s.Property == "shed" && len(s.Layers) == 0 {
			continue
		}
		lines = append(lines, []any{s.Property, word(s.Property, s.Effective), dash(word(s.Property, s.Plan)), ""})
		for k := range s.Layers {
			in := &s.Layers[k]
			text := describe(s.Property, in) + ", at " + in.Node + " " + moment(&in.At)
			if in.Held != "" {
				text += ", HELD: " + in.Held
			}
			if len(in.Conflict) > 0 {
				text += ", CONFLICT with " + strings.Join(in.Conflict, " ")
			}
			lines = append(lines, []any{"", "", "", text})
		}
	}
	if len(lines) > 0 {
		rows(w, []any{"SWITCH", "EFFECTIVE", "PLAN", "INTENT"}, lines)
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
