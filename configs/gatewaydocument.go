package configs

// GatewaySection configures the gateway, and where other nodes reach this one.
type GatewaySection struct {
	// Where clients are served. Required with the gateway role.
	Listen []ListenerSection `json:"listen,omitempty" rule:"items=16"`
	// IP addresses that DNS answers for this gateway. Default: those of listen, where every one names an address.
	Advertise []string `json:"advertise,omitempty" rule:"items=8,env"`
	// Address for streams and relays between nodes, as host:port or :port; only with cluster, with or without the gateway role. Default: :7947.
	Peer string `json:"peer,omitempty" rule:"env"`
	// URL of the server that takes what no API claims: http or https, a host, a port if need be, a path that is put before the request's. Default: such requests are 404.
	Backend string `json:"backend,omitempty" rule:"env,length=2048"`
	// Which backends requests may be sent to.
	Backends BackendsSection `json:"backends,omitzero"`
	// Who stands in front of this gateway, as addresses or networks, and is believed what Forwarded and X-Forwarded-* say of the client. Default: nobody.
	TrustedProxies []string `json:"trustedProxies,omitempty" rule:"items=1000"`
	// Where requests are logged. Default: nowhere.
	AccessLog *AccessLogSection `json:"accessLog,omitempty"`
	// Who may use the direct names, which are served here even while the location is disabled.
	Direct DirectSection `json:"direct,omitzero"`
	// What clients may hold.
	Limits GatewayLimitsSection `json:"limits,omitzero"`
}

// BackendsSection says which backends requests may be sent to.
type BackendsSection struct {
	// Addresses and networks that are reached though the guard refuses them: loopback, link-local, metadata services, this gateway's own. Default: none.
	Allow []string `json:"allow,omitempty" rule:"items=1000"`
	// How often names of backends are looked up, whatever their TTL, 1s to 24h; not with respectTtl. Default: 2m.
	Refresh Duration `json:"refresh,omitempty"`
	// Looks names of backends up again when their TTL ends (5s at least, 1h at most) instead.
	RespectTTL bool `json:"respectTtl,omitempty"`
}

// AccessLogSection says where requests are logged.
type AccessLogSection struct {
	// File that lines of JSON are added to, relative to the node file; - is standard output.
	File string `json:"file" rule:"required,env,length=4096"`
	// Lines a second; of more requests only a sample is logged. Default: 1000.
	Rate int `json:"rate,omitempty" rule:"min=1,max=1000000"`
}

// ListenerSection is one address at which clients are served.
type ListenerSection struct {
	// The address, as host:port or :port.
	Address string `json:"address" rule:"required,env"`
	// Whether TLS is spoken there; needs certificate and key.
	TLS bool `json:"tls,omitempty"`
	// File with the certificate and its chain in PEM form, relative to the node file.
	Certificate string `json:"certificate,omitempty" rule:"env,length=4096"`
	// File with the certificate's private key in PEM form, relative to the node file.
	Key string `json:"key,omitempty" rule:"env,length=4096"`
}

// DirectSection says who may use the direct names.
type DirectSection struct {
	// Client networks; an empty list is nobody. Default: loopback and private addresses.
	Allow *[]string `json:"allow,omitempty" rule:"items=1000"`
}

// GatewayLimitsSection bounds what clients of the gateway may hold.
type GatewayLimitsSection struct {
	// Connections open at once. Default: 10000.
	MaxConnections int `json:"maxConnections,omitempty" rule:"min=1,max=1000000"`
	// Octets of a request's header. Default: 65536.
	MaxHeaderBytes int `json:"maxHeaderBytes,omitempty" rule:"min=4096,max=1048576"`
	// How long a request's header may take, 1s to 5m. Default: 10s.
	HeaderTimeout Duration `json:"headerTimeout,omitempty"`
	// How long a connection may be without a request, 1s to 1h. Default: 2m.
	IdleTimeout Duration `json:"idleTimeout,omitempty"`
	// How long a client may let a body, its own or an answer's, stand still before it is cut, 1s to 10m. Default: 1m.
	StallTimeout Duration `json:"stallTimeout,omitempty"`
	// Requests relayed to other locations at once. Default: 4096.
	MaxRelays int `json:"maxRelays,omitempty" rule:"min=1,max=1000000"`
}
