package gateway

// Header fields of ours, in canonical form. Those with our prefix are taken
// off what clients send.
const (
	ourPrefix       = "Meridian-"
	headerRelay     = "Meridian-Relay"   // a peer's word on the client: see relayField
	headerReason    = "Meridian-Reason"  // of a refusal
	headerGateway   = "Meridian-Gateway" // on status paths: disabled, leaving
	headerRequestID = "X-Request-Id"
)

// Bounds of what is taken over from a client.
const (
	maxID      = 64
	maxSubject = 512
)
