// Package client calls the admin API of one of several nodes.
//
// A Client has a list of servers and asks the one that connected last, first
// the first. It moves on to the next when no connection stands within a second;
// once connected it stays, so that no request is made twice. Error answers are
// *api.Fault, failed connections *ConnectError. The package imports nothing of
// this module but admin/api.
package client
