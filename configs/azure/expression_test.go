package azure

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testScope has a parameter and a variable of each kind.
func testScope() *scope {
	return &scope{
		parameters: map[string]any{"name": "Contoso", "list": []any{"a", "b"}, "object": map[string]any{"Key": "v", "deep": []any{map[string]any{"x": json.Number("7")}}}, "nothing": nil},
		unset:      map[string]string{"unset": "parameter 'unset' has no value"},
		variables:  map[string]any{"v": "[concat(parameters('name'), '-', parameters('list')[1])]", "loop": "[variables('loop')]", "bomb": "[concat(variables('bomb'), variables('bomb'))]"},
		known:      map[string]any{}, copies: map[string]int{"": 2, "outer": 1}, budget: &budget{maxSteps, maxOctets},
	}
}

func TestExpressions(t *testing.T) {
	for text, want := range map[string]any{
		"plain":                "plain",
		"[[literal]":           "[literal]",
		"[not an expression":   "[not an expression",
		"['it''s']":            "it's",
		"[parameters('NAME')]": "Contoso",
		"[variables('v')]":     "Contoso-b",
		"[toLower(concat(parameters('name'), '/x'))]": "contoso/x",
		"[format('{0}-{1}-{{0}}', 'a', 1)]":           "a-1-{0}",
		"[parameters('object').key]":                  "v",
		"[parameters('object')['deep'][0].x]":         json.Number("7"),
		"[copyIndex()]":                               json.Number("2"),
		"[copyIndex('outer', 5)]":                     json.Number("6"),
		"[length(parameters('list'))]":                json.Number("2"),
		"[if(empty(parameters('list')), 'e', 'f')]":   "f",
		"[if(contains(parameters('object'), 'none'), parameters('object').none, null())]": nil,
		"[coalesce(parameters('nothing'), 'x')]":                                          "x",
		"[and(true(), equals('a', 'a'), not(false()))]":                                   true,
		"[or(false(), parameters('unset'), true())]":                                      true,
		"[resourceId('Microsoft.ApiManagement/service/backends', 'gw', 'b')]":             "/providers/Microsoft.ApiManagement/service/gw/backends/b",
		"[resourceId('sub', 'rg', 'Microsoft.Network/trafficManagerProfiles', 'p')]":      "/providers/Microsoft.Network/trafficManagerProfiles/p",
		"[last(split('/a/b', '/'))]":                                                      "b",
		"[union(createObject('a', 1), createObject('b', 2)).b]":                           json.Number("2"),
		"[string(json('{\"a\": [1]}'))]":                                                  `{"a":[1]}`,
		"[if(greater(length(parameters('list')), 1), sub(5, 2), add(1, 1))]":              json.Number("3"),
		"[and(less(1, 2), lessOrEquals(2, 2), greaterOrEquals(2, 3))]":                    false,
		"[greater('x', 1)]":                 "\x00greater() of something that is no whole number\x00",
		"[greater(parameters('unset'), 1)]": "\x00parameter 'unset' has no value\x00",
		"[concat(substring('abcdef', 2, 3), take('xyz', 9), skip('uvw', 2))]": "cdexyzw",
		"[substring('é', 1, 1)]":           "\x00substring() of something that is not known\x00",
		"[take(parameters('list'), 1)[0]]": "a",

		"[shallowMerge(createArray(createObject('a', 1), createObject('a', 2))).a]": json.Number("2"),

		"[replace('a.b.c', '.', '-')]":                       "a-b-c",
		"[concat('before-', parameters('unset'), '-after')]": "before-\x00parameter 'unset' has no value\x00-after",
		"[toUpper(concat('a', parameters('unset')))]":        "A\x00parameter 'unset' has no value\x00",
		"[reference(resourceId('a.b/c', 'd')).url]":          "\x00reference() is known to Azure only\x00",
		"[variables('loop')]":                                "\x00variable \"loop\" stands for itself\x00",
		"[concat('a']":                                       "\x00expression \"[concat('a']\" cannot be read: a ) is missing at \"\"\x00",
		"[equals(parameters('unset'), 'a')]":                 "\x00parameter 'unset' has no value\x00",
	} {
		if diff := cmp.Diff(want, testScope().evaluate(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestExpressionsThatGrow: variables that double each other make no more than
// the budget allows.
func TestExpressionsThatGrow(t *testing.T) {
	variables := map[string]any{"v0": strings.Repeat("x", 1000), "l0": []any{"x", "x"}}
	name := func(kind string, i int) string { return kind + string(rune('a'+i)) }
	variables[name("t", 0)], variables[name("l", 0)] = variables["v0"], variables["l0"]
	for i := range 25 {
		variables[name("t", i+1)] = "[concat(variables('" + name("t", i) + "'), variables('" + name("t", i) + "'))]"
		variables[name("l", i+1)] = "[createArray(variables('" + name("l", i) + "'), variables('" + name("l", i) + "'))]"
	}
	for _, kind := range []string{"t", "l"} {
		s := testScope()
		s.variables = variables
		if v := s.evaluate("[string(variables('" + name(kind, 25) + "'))]"); !holed(textOf(v)) {
			t.Errorf("%s: got a text of %d octets; want none", kind, len(textOf(v)))
		}
	}
}

func TestPlainJSON(t *testing.T) {
	for text, want := range map[string]any{
		"\xef\xbb\xbf{\"a\": 1} // end":                       map[string]any{"a": json.Number("1")},
		"/* a\nb */ {\"a\": \"x // y /* z\", /**/ \"b\": []}": map[string]any{"a": "x // y /* z", "b": []any{}},
		"{\"a\": [1, {\"b\": \",]\" , }, /* , */ ], \n}":      map[string]any{"a": []any{json.Number("1"), map[string]any{"b": ",]"}}},
		"{\"a\": \"one\r\ntwo\tthree \\\" \\\\\"}":            map[string]any{"a": "one\r\ntwo\tthree \" \\"},
	} {
		got, err := parse([]byte(text))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"{\"a\": \n}": "no JSON, line 2", "{} {}": "something follows", "\xff": "no text in UTF-8", strings.Repeat("[", 101): "101 levels deep", "": "no JSON",
		"[,]": "no JSON", ",]": "no JSON", "{\"a\":,}": "no JSON", "[1,,]": "no JSON",
	} {
		if _, err := parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v; want %q", text, err, want)
		}
	}
}
