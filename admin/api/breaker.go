package api

import "time"

// Breakers are the breakers of all gateways that are not closed, and the backends
// that operators keep out of service.
type Breakers struct {
	Breakers List[OpenBreaker] `json:"breakers" nullable:"false" doc:"By backend, location and node; empty: all are closed, as far as nodes were heard"`
	Nodes    List[BreakerNews] `json:"nodes" nullable:"false" doc:"Every gateway, by location and name: how old its news is"`
}

// OpenBreaker is a backend's breaker at one gateway, as that gateway told the
// others.
type OpenBreaker struct {
	Backend    string  `json:"backend" example:"test1"`
	Location   string  `json:"location" doc:"Id of the gateway's location"`
	Node       string  `json:"node" doc:"Name of the gateway"`
	Disabled   bool    `json:"disabled,omitempty" doc:"Whether an operator keeps the backend out of service there"`
	AgeSeconds float64 `json:"ageSeconds" doc:"How old this is: it grows while the gateway cannot be heard"`
	Breaker    Breaker `json:"breaker" doc:"Long texts cut; as of when it was told"`
}

// BreakerNews says how old the news of a gateway is.
type BreakerNews struct {
	Node       string     `json:"node"`
	Location   string     `json:"location"`
	At         *time.Time `json:"at,omitempty" doc:"When it was told; absent: nothing was heard of it since this node started"`
	AgeSeconds float64    `json:"ageSeconds"`
	Shown      int        `json:"shown" doc:"Its breakers in the list"`
	Omitted    int        `json:"omitted,omitempty" doc:"More that it had no room for; backend show asks it"`
	Problem    string     `json:"problem,omitempty" doc:"Why there is no news of it, or old news only"`
}
