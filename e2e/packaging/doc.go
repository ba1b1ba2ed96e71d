// Package packaging tests what is shipped around the binary: the container
// image, the systemd unit and the compose example.
//
// The image is built by the Dockerfile itself, with buildah instead of an
// engine, and run as its user without a capability in a network namespace of
// its own. The unit is judged by systemd-analyze, and the binary is run with
// exactly the privileges that the unit leaves it. It imports nothing of this
// module: it starts the binary as a user would.
package packaging
