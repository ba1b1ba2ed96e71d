package dnswire

import (
	"cmp"
	"fmt"
	"slices"
)

// tidy orders errors by place and cuts them to MaxErrors.
func tidy(errs []RecordError) []RecordError {
	slices.SortStableFunc(errs, func(a, b RecordError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if len(errs) > MaxErrors {
		errs = append(errs[:MaxErrors:MaxErrors], RecordError{
			Line: errs[MaxErrors].Line, Problem: fmt.Sprintf("more than %d errors; the rest is not shown", MaxErrors),
		})
	}
	return errs
}

// zoneCheck is the zone that records form, and what is wrong with it.
type zoneCheck struct {
	zone  Name
	nodes map[Name]*zoneNode
	names []Name // in the order of the text
	hosts map[Name]bool
	errs  []RecordError
}

// checkZone reports what is wrong with records as a whole.
func checkZone(zone Name, records []Record) []RecordError {
	return nil
}

type zoneNode struct{}
