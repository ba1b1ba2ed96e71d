package azure

import (
	"fmt"
	"strings"
)

// circuitBreaker converts the rules of a breaker: the first one.
func circuitBreaker(im *importer, n node) any {
	if im.hole1(n) {
		return nil
	}
	rules := n.get("rules")
	if im.hole1(rules) || len(rules.items()) == 0 {
		return nil
	}
	for _, rule := range rules.items()[1:] {
		im.refuse(rule, "a second rule of a circuit breaker: one is supported, as in Azure")
	}
	first := rules.items()[0]
	rule := im.fields(first, ruleFields())
	return table{{"rules", []any{named(im, first, rule)}}}
}

// ruleFields is azure.md §3.2, breaker rule.
func ruleFields() []field {
	return []field{
		{name: "name", do: keepText},
		{name: "failureCondition", do: inside([]field{
			{name: "count", do: counted},
			{name: "percentage", do: counted},
			{name: "interval", do: keepText},
			{name: "statusCodeRanges", do: each(statusRange)},
			{name: "errorReasons", do: each(keepText)},
		})},
		{name: "tripDuration", do: keepText},
		{name: "acceptRetryAfter", do: yes},
		{name: "failureResponse", do: inside([]field{{name: "statusCode", do: keep}})},
	}
}

// counted takes a number other than 0, which is none.
func counted(im *importer, n node) any {
	if im.hole(n) || n.text() == "0" {
		return nil
	}
	return n.v
}

// statusRange converts a range of statuses; ends that are swapped are put in
// order.
func statusRange(im *importer, n node) any {
	out := im.fields(n, []field{{name: "min", do: keep}, {name: "max", do: keep}})
	least, ok1 := wholeOf(out.get("min"))
	most, ok2 := wholeOf(out.get("max"))
	if ok1 && ok2 && least > most {
		im.change(n, "min %d and max %d are swapped", least, most)
		return table{{"min", most}, {"max", least}}
	}
	return out
}

// named gives a rule a name that is one.
func named(im *importer, n node, rule table) table {
	old := rule.text("name")
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, old), "-")
	if len(name) > 80 {
		name = strings.Trim(name[:80], "-")
	}
	if name == "" {
		name = "rule"
	}
	if name != old {
		im.change(n.get("name"), "%s", fmt.Sprintf("the rule's name %.80q becomes %q", printable(old), name))
	}
	return append(table{{"name", name}}, rule.without("name")...)
}
