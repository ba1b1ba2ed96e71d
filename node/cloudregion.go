package node

// CloudRegion returns where a well-known cloud region is, in degrees, as every
// document is compiled with it.
func CloudRegion(name string) (latitude, longitude float64, ok bool) { return region(name) }
