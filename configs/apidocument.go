package configs

// NamedValueDocument is a text that {{name}} stands for in policies and
// credentials.
type NamedValueDocument struct {
	// Name of the value: letters, digits, dots, dashes and underscores.
	Name string `json:"name" rule:"required,length=256"`
	// The text; this or secret.
	Value *string `json:"value,omitempty" rule:"blank,free,length=4096"`
	// Name of the secret that is the text; this or value.
	Secret string `json:"secret,omitempty" rule:"length=64"`
}

// FragmentDocument is a part of policies that include-fragment names.
type FragmentDocument struct {
	// Name of the fragment: what fragment-id says.
	Name string `json:"name" rule:"required,length=80"`
	// File with its policy document, relative to this document and inside its folder.
	File string `json:"file" rule:"required,length=1024"`
}

// PoliciesDocument names a policy document.
type PoliciesDocument struct {
	// File with the policy document, relative to this document and inside its folder.
	File string `json:"file" rule:"required,length=1024"`
}

// APIDocument is a set of operations below one path.
type APIDocument struct {
	// Name of the API, unique: context.Api.Id.
	Name string `json:"name" rule:"required,length=256"`
	// Name for people: context.Api.Name. Default: the name.
	DisplayName string `json:"displayName,omitempty" rule:"free,length=300"`
	// Path it takes requests below; the longest that matches counts. Default: /.
	Path string `json:"path,omitempty" rule:"blank,length=400"`
	// Host names it takes requests for. Default: all.
	Hosts []string `json:"hosts,omitempty" rule:"items=100"`
	// Backend or pool that requests go to; this or serviceUrl. Default: that of the node file.
	Backend string `json:"backend,omitempty" rule:"length=80"`
	// URL that requests go to; this or backend.
	ServiceURL string `json:"serviceUrl,omitempty" rule:"length=2000"`
	// What becomes of a path that a backend may take for one of another operation, as /a%2Fb for /a/b. Default: refuse.
	AmbiguousPaths string `json:"ambiguousPaths,omitempty" rule:"enum=refuse|asWritten"`
	// Its policies.
	Policies *PoliciesDocument `json:"policies,omitempty"`
	// Methods and paths it has. Default: every one.
	Operations []OperationDocument `json:"operations,omitempty" rule:"items=1000"`
	// Its revision. Default: 1.
	Revision string `json:"revision,omitempty" rule:"length=100"`
	// Its version; none is added to the path.
	Version string `json:"version,omitempty" rule:"length=100"`

	_ struct{} `later:"subscriptionRequired,products"`
}

// OperationDocument is a method and a path of an API.
type OperationDocument struct {
	// Name of the operation, unique in the API: context.Operation.Id.
	Name string `json:"name" rule:"required,length=80"`
	// Name for people: context.Operation.Name. Default: the name.
	DisplayName string `json:"displayName,omitempty" rule:"free,length=300"`
	// HTTP method; * is every one.
	Method string `json:"method" rule:"required,length=32"`
	// Path below the API's, as /orders/{id}; /* at its end is every path below.
	URLTemplate string `json:"urlTemplate" rule:"required,length=1000"`
	// Its policies.
	Policies *PoliciesDocument `json:"policies,omitempty"`
}
