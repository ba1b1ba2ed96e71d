package admin

import "meridian/admin/api"

// gatewayCache is how long an API gateway keeps a resolved backend, in seconds
// (azure.md §1.10, last column).
const gatewayCache = 120

// FailoverOf computes how long a failover takes by a profile's settings, where
// probes keep a fixed schedule (azure.md §1.10). ttl is in seconds.
func FailoverOf(m api.MonitorConfig, ttl uint32) api.Failover {
	tolerated, cached := float64(m.Tolerated), float64(ttl)
	best := m.Interval * tolerated
	worst := m.Interval*(tolerated+1) + m.Timeout
	return api.Failover{
		DetectionBest:  best,
		DetectionWorst: worst,
		ClientsBest:    best + cached,
		ClientsWorst:   worst + cached,
		AzureFormula:   (m.Interval+m.Timeout)*(tolerated+1) + cached,
		BehindGateway:  worst + cached + gatewayCache,
	}
}

// withFailover returns p with the arithmetic of its monitor settings.
func withFailover(p api.Profile) api.Profile {
	if p.Monitor != nil {
		f := FailoverOf(*p.Monitor, p.TTL)
		p.Failover = &f
	}
	return p
}
