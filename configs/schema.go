package configs

import _ "embed" // the schemas

//go:generate go test -run "^(TestSchemasAreCurrent|TestReferenceIsCurrent)$" . -update

//go:embed schema/node.json
var nodeSchema string

//go:embed schema/service.json
var serviceSchema string

// NodeSchema returns the JSON Schema (draft 2020-12) of node files, for editors.
func NodeSchema() []byte { return []byte(nodeSchema) }

// ServiceSchema returns the JSON Schema (draft 2020-12) of service documents,
// for editors.
func ServiceSchema() []byte { return []byte(serviceSchema) }
