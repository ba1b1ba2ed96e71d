package api

import "time"

// Zone is what the parent zone must hold, and whether it does.
type Zone struct {
	Name        string       `json:"name" example:"gtm.example.com."`
	Parent      string       `json:"parent,omitempty" doc:"Parent zone, when it was found"`
	Serial      uint32       `json:"serial"`
	NameServers List[NS]     `json:"nameServers" nullable:"false"`
	Lines       List[string] `json:"lines" nullable:"false" doc:"NS and glue records for the parent zone, in zone-file syntax"`
	Check       *ZoneCheck   `json:"check,omitempty" doc:"Last comparison; absent before the first"`
}

// NS is one name server of the zone.
type NS struct {
	Name      string       `json:"name"`
	Addresses List[string] `json:"addresses" nullable:"false" doc:"Glue, when the name is inside the zone"`
}

// ZoneCheck is one comparison of the delegation with what is served.
type ZoneCheck struct {
	At    time.Time       `json:"at"`
	OK    bool            `json:"ok"`
	Asked List[ZoneProbe] `json:"asked" nullable:"false"`
	Text  List[string]    `json:"text" nullable:"false" doc:"What differs, one sentence each"`
}

// ZoneProbe is one question to one server.
type ZoneProbe struct {
	Server    string `json:"server" doc:"Address and port"`
	Role      string `json:"role" enum:"parent,nameServer"`
	Transport string `json:"transport" enum:"udp,tcp"`
	OK        bool   `json:"ok"`
	Detail    string `json:"detail,omitempty"`
}
