// Command notices writes THIRD_PARTY_NOTICES: the modules linked into the
// meridian command, their licences, and the texts those licences ask us to pass
// on.
//
// The modules come from the build list of meridian/cmd/..., the texts from the
// module cache, so it needs no network once the modules are downloaded:
//
//	go list -deps ─► modules ─► licence files ─► recognised licences ─► THIRD_PARTY_NOTICES
//
// A module without a licence, or with one that is not recognised, is an error.
// It imports nothing of this module.
package main
