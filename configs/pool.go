package configs

// Pool is several backends that share requests.
type Pool struct {
	Name             string // as the document spells it; unique among backends and pools
	Members          []PoolMember
	PreferRegion     bool   // nearer members first, inside each priority
	HealthOfLocation bool   // the location is unhealthy without enough of its members
	FailureStatus    int    // while no member takes requests; 0: 503
	SessionCookie    string // name of the cookie that ties clients to members; empty: none
}

// PoolMember is a backend of a pool.
type PoolMember struct {
	Backend  string // its name, as the document spells it where it is defined
	Priority int    // 0 .. 100; members of a higher number take requests while all of lower ones are open
	Weight   int    // 0 .. 100; share inside the priority; 1 where the document has none
}
