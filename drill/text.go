package drill

// maxText is the longest text of a mark or a reading, in bytes.
const maxText = 512
