package dnswire

// Limits of ParseRecords.
const (
	// MaxTextOctets is the most zone-file text read at once: what a plan may
	// hold in all.
	MaxTextOctets = 8 << 20
	// MaxRecords is the most records in one text.
	MaxRecords = 100_000
	// MaxSetRecords is the most records in one RRset.
	MaxSetRecords = 1000
	// MaxSetOctets is the most octets an RRset may take in a message: what is
	// left of a TCP message after the header, the question and an OPT record.
	MaxSetOctets = 65535 - 12 - (MaxNameOctets + 4) - 512
	// MaxEntryOctets is the most text one record may take.
	MaxEntryOctets = 256 << 10
	// MaxAliases is the most CNAME records that may follow one another inside
	// a zone.
	MaxAliases = 8
	// MaxTTL is the longest time to live, in seconds (RFC 2181 §8).
	MaxTTL = 1<<31 - 1
	// MaxErrors is the most defects reported for one text.
	MaxErrors = 200
)
