package node

import (
	"fmt"
	"slices"

	"meridian/configs"
)

// zoneDifference lists what two plans' zones do not share beside the answers of
// profiles: "- line" for what goes, "+ line" for what comes, sorted.
func zoneDifference(before, after []configs.Zone) []string {
	was, is := map[string]bool{}, map[string]bool{}
	for _, z := range before {
		zoneLines(z, was)
	}
	for _, z := range after {
		zoneLines(z, is)
	}
	var out []string
	for line := range was {
		if !is[line] {
			out = append(out, "- "+line)
		}
	}
	for line := range is {
		if !was[line] {
			out = append(out, "+ "+line)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return slices.Compare([]string{a[2:], a[:1]}, []string{b[2:], b[:1]})
	})
	return out
}

// zoneLines collects the records of a zone, without those of profiles and the
// SOA record, which changes with every plan.
func zoneLines(z configs.Zone, into map[string]bool) {
	for _, line := range delegationLines(z) {
		into[line] = true
	}
	for i := range z.Records {
		into[z.Records[i].RR.String()] = true
	}
	for name := range z.Profiles {
		into[fmt.Sprintf("%s is a profile's", name)] = true
	}
}
