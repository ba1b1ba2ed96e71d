package admin_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"meridian/admin/api"
)

// TestDocumentation: docs/admin-api.md names every path of the API, and every
// kind of error with its status.
func TestDocumentation(t *testing.T) {
	page, err := os.ReadFile("../docs/admin-api.md")
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := document(t, start(t, nil))
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !strings.Contains(string(page), method+" "+path) && path != "/openapi.json" {
				t.Errorf("docs/admin-api.md lacks %s %s", method, path)
			}
		}
	}
	for _, kind := range []api.Kind{
		api.Invalid, api.NotFound, api.NotAllowed, api.Forbidden, api.Misdirected, api.TooLarge,
		api.Busy, api.Unavailable, api.Unsupported, api.Timeout, api.Internal,
	} {
		if row := "| `" + string(kind) + "` | " + strconv.Itoa(kind.Status()) + " |"; !strings.Contains(string(page), row) {
			t.Errorf("docs/admin-api.md lacks the row %q", row)
		}
	}
}
