package main

import (
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// notify tells the supervisor how the node fares (sd_notify(3)). Without one it
// does nothing; that it cannot be reached is no reason not to serve.
func notify(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	if name[0] == '@' { // abstract
		name = "\x00" + name[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	_, _ = c.Write([]byte(state))
	_ = c.Close()
}

// monotonic returns the monotonic clock in microseconds, as a reload must tell.
func monotonic() string {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // the clock is always there
	return strconv.FormatInt(t.Nano()/1000, 10)
}
