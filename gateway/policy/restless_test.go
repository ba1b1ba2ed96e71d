package policy

import (
	"fmt"
	"strings"
	"testing"
)

// TestRestlessRetry: many repetitions without a pause are warned of, where they
// can be seen before a request comes.
func TestRestlessRetry(t *testing.T) {
	for attributes, want := range map[string]bool{
		`count="50" interval="0"`:                                            true,
		`count="11" interval="0" first-fast-retry="true"`:                    true,
		`count="11" interval="0" delta="0"`:                                  true,
		`count="10" interval="0"`:                                            false, // a pool's members in turn
		`count="50" interval="1"`:                                            false,
		`count="50" interval="0" delta="1"`:                                  false,
		`count="50" interval="0" delta="1" max-interval="9"`:                 false,
		`count="@(50)" interval="0"`:                                         false, // nobody knows
		`count="50" interval="@((int)context.Variables[&quot;pause&quot;])"`: false,
	} {
		text := fmt.Sprintf(`<policies><inbound/><backend><retry condition="@(true)" %s><forward-request/></retry></backend></policies>`, attributes)
		tree, problems := Read(Document{Name: "p.xml", Text: []byte(text)}, ScopeAPI, Options{})
		warned := len(problems) == 1 && problems[0].Warning && strings.Contains(problems[0].Message, "without a pause")
		if tree == nil || warned != want || !want && len(problems) > 0 {
			t.Errorf("%s: got %v, want a warning: %t", attributes, problems, want)
		}
	}
}
