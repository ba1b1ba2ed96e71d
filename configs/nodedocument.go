package configs

// NodeDocument is a node file: what is about one machine only.
type NodeDocument struct {
	// Who this node is.
	Node NodeSection `json:"node" rule:"required"`
	// The name server.
	DNS DNSSection `json:"dns,omitzero"`
	// The prober.
	Probe ProbeSection `json:"probe,omitzero"`
	// Lookups of names: probe targets and flattened endpoints.
	Resolver ResolverSection `json:"resolver,omitzero"`
	// The admin API.
	Admin AdminSection `json:"admin,omitzero"`
	// Where clients are.
	Geo NodeGeoSection `json:"geo,omitzero"`
	// The log, on standard error.
	Log LogSection `json:"log,omitzero"`
	// The gateway, and where other nodes reach this one.
	Gateway GatewaySection `json:"gateway,omitzero"`
	// The other nodes. Default: none, this node decides alone.
	Cluster *ClusterSection `json:"cluster,omitempty"`
	// Where plans come from: file, the service document of the primary node; api, the admin API, after the first plan. api needs cluster. Default: file.
	PlanSource string `json:"planSource,omitempty" rule:"enum=file|api"`
	// Path of the service document, relative to the node file. Required unless the plan comes from other nodes: with cluster and either planSource api or cluster.join.
	Service string `json:"service,omitempty" rule:"env,length=4096"`
}

// NodeSection says who a node is.
type NodeSection struct {
	// Name of the node: a DNS label, unique in the service.
	Name string `json:"name" rule:"required,env,length=63"`
	// Location the node stands in, as "West US 2" or westus2.
	Location string `json:"location" rule:"required,env,length=63"`
	// Zone of the location the node stands in, as "1".
	Zone string `json:"zone,omitempty" rule:"env,length=63"`
	// What the node does. Default: all, gateway only where the gateway section has more than peer.
	Roles []string `json:"roles,omitempty" rule:"items=8,enum=dns|gateway|probe|admin"`
	// Folder of the node's state, relative to the node file. Default: /var/lib/meridian.
	DataDir string `json:"dataDir,omitempty" rule:"env,length=4096"`
	// File with the keys that seal secrets, relative to the node file; nobody but its owner may read it. 32 octets each in base64 or hexadecimal digits, one a line; the first seals, the others still open. Default: none, the node keeps no secrets.
	SecretsKeyFile string `json:"secretsKeyFile,omitempty" rule:"env,length=4096"`
}

// DNSSection configures the name server.
type DNSSection struct {
	// Addresses to answer at, over UDP and TCP, as host:port or :port. Default: 0.0.0.0:53 and [::]:53.
	Listen []string `json:"listen,omitempty" rule:"items=64,env"`
	// What RFC 5001 (NSID) answers. Default: the node's name.
	NSID string `json:"nsid,omitempty" rule:"env,length=64"`
	// File with the secret of DNS cookies (RFC 9018), relative to the node file; nobody but its owner may read it: 32 hexadecimal digits each, one a line, the first is used and the others are accepted too. Default: a random secret kept in dataDir.
	CookieSecretFile string `json:"cookieSecretFile,omitempty" rule:"env,length=4096"`
	// What clients may hold over TCP.
	TCP TCPSection `json:"tcp,omitzero"`
	// How many equal answers one network gets over UDP.
	RateLimit RateLimitSection `json:"rateLimit,omitzero"`
}

// TCPSection bounds what clients may hold over TCP.
type TCPSection struct {
	// Connections open at once; fewer where the system grants too few descriptors. Default: 1000.
	MaxConnections int `json:"maxConnections,omitempty" rule:"min=1,max=100000"`
	// Connections open at once from one network (/24, /56). Default: 64.
	MaxConnectionsPerClient int `json:"maxConnectionsPerClient,omitempty" rule:"min=1,max=100000"`
	// Queries answered on one connection before it is closed. Default: 10000.
	MaxQueriesPerConnection int `json:"maxQueriesPerConnection,omitempty" rule:"min=1,max=1000000"`
	// How long a connection may be without a query, 1s to 5m. Default: 10s.
	IdleTimeout Duration `json:"idleTimeout,omitempty"`
}

// RateLimitSection configures response rate limiting.
type RateLimitSection struct {
	// Whether answers are limited. Default: true.
	Enabled *bool `json:"enabled,omitempty"`
	// Positive answers a second to one network (/24, /56), over UDP; of negative answers and errors a quarter of it. Default: 1000.
	ResponsesPerSecond int `json:"responsesPerSecond,omitempty" rule:"min=1,max=1000000"`
}

// ProbeSection configures the prober.
type ProbeSection struct {
	// What must answer for this node to trust its own bad news, as address:port. Default: none, and the node trusts itself.
	References []string `json:"references,omitempty" rule:"items=16,env"`
}

// ResolverSection configures lookups of names.
type ResolverSection struct {
	// Recursive name servers, as address or address:port. Default: those of /etc/resolv.conf.
	Servers []string `json:"servers,omitempty" rule:"items=8,env"`
}

// AdminSection configures the admin API.
type AdminSection struct {
	// Address to listen at, as host:port; one that is not loopback needs tls. Default: 127.0.0.1:8053 where no socket is given.
	Listen string `json:"listen,omitempty" rule:"env"`
	// Path of a unix socket, relative to the node file.
	Socket string `json:"socket,omitempty" rule:"env,length=100"`
	// Certificate of the address; without it plain HTTP is spoken.
	TLS *AdminTLSSection `json:"tls,omitempty"`
	// File with the certificate authorities of client certificates in PEM form, relative to the node file; needs tls. Default: none, client certificates do not count.
	ClientCAs string `json:"clientCAs,omitempty" rule:"env,length=4096"`
	// Roles by the common name of a client certificate: viewer, operator or admin; needs clientCAs.
	ClientRoles map[string]string `json:"clientRoles,omitempty" rule:"items=1000,enum=viewer|operator|admin"`
	// Who must prove who they are at a loopback address: auto, everybody as soon as there is a token; required, everybody. Beyond loopback everybody must. Default: auto.
	Auth string `json:"auth,omitempty" rule:"enum=auto|required"`
}

// AdminTLSSection is the certificate of the admin API.
type AdminTLSSection struct {
	// File with the certificate and its chain in PEM form, relative to the node file.
	Certificate string `json:"certificate" rule:"required,env,length=4096"`
	// File with the certificate's private key in PEM form, relative to the node file.
	Key string `json:"key" rule:"required,env,length=4096"`
}

// NodeGeoSection says where clients are.
type NodeGeoSection struct {
	// Files in mmdb format laid over the embedded country table, relative to the node file; where two know an address the later one counts.
	Databases []string `json:"databases,omitempty" rule:"items=16,env,length=4096"`
}

// LogSection configures the log.
type LogSection struct {
	// Least severity that is logged. Default: info.
	Level string `json:"level,omitempty" rule:"enum=debug|info|warn|error"`
	// Form of the log. Default: text.
	Format string `json:"format,omitempty" rule:"enum=text|json"`
}
