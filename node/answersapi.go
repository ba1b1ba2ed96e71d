package node

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"meridian/admin/api"
	"meridian/configs"
)

// answersOf shows a difference in answers.
func answersOf(d Difference) *api.AnswerChanges {
	out := &api.AnswerChanges{Groups: d.Groups, Skipped: d.Skipped, Zone: d.Zone, Text: strings.TrimRight(d.String(), "\n")}
	for _, p := range d.Profiles {
		x := api.ProfileChange{Name: string(p.Name), Kind: p.Kind, Groups: p.Groups}
		for _, e := range p.Examples {
			x.Examples = append(x.Examples, api.AnswerChange{Client: e.Client.String(), Geo: string(e.Geo), Before: e.Before, After: e.After})
		}
		out.Profiles = append(out.Profiles, x)
	}
	return out
}

// unified compares two plans line by line: the documents, then the names and
// sums of the files.
func unified(a, b *configs.Bundle) string {
	return string(diff.Diff("from", planText(a), "to", planText(b)))
}

func planText(b *configs.Bundle) []byte {
	out := append(b.Indented(), '\n')
	for _, f := range b.Files {
		out = append(out, (sumOf(f.Data) + "  " + f.Name + "\n")...)
	}
	return out
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func compareText(a, b string) int { return strings.Compare(a, b) }
