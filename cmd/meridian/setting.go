package main

import (
	"fmt"
	"io"
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
	effective, intent := s.Effective, "-"
	if s.Intent != nil {
		intent = describe(s.Intent)
	}
	for i := range s.Layers {
		if s.Layers[i].Held != "" {
			intent += "; HELD: " + describe(&s.Layers[i])
		}
	}
	if shed := settingOf(all, "shed"); shed != nil && shed.Intent != nil {
		effective += ", " + shed.Effective + " of 4096 sent elsewhere"
	}
	return []any{effective, dash(s.Plan), strings.TrimPrefix(intent, "-; ")}
}

// describe writes who said what, why and until when.
func describe(i *api.Intent) string {
	text := i.Value + " by " + i.By
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
		lines = append(lines, []any{s.Property, s.Effective, dash(s.Plan), ""})
		for k := range s.Layers {
			in := &s.Layers[k]
			text := describe(in) + ", at " + in.Node + " " + moment(&in.At)
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
