// Command meridian runs a node of a service, and asks running nodes.
//
// It owns flags, signals, output and exit codes; everything else is node's.
// Each verb has its own file.
package main
