package backend

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// asLocal reports whether this machine is to blame: it has no ports, descriptors
// or memory left.
func asLocal(err error) bool {
	var own *LocalError
	if errors.As(err, &own) {
		return true
	}
	var number syscall.Errno
	return errors.As(err, &number) && slices.Contains([]syscall.Errno{
		syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
	}, number)
}

const longestRetryAfter = 366 * 24 * time.Hour

// retryAfter reads the field of a failed answer: seconds or a date (RFC 9110
// §10.2.3). 0: none that can be used.
func retryAfter(res *http.Response, now time.Time) time.Duration {
	if res.StatusCode < 400 && res.StatusCode/100 != 3 {
		return 0
	}
	text := res.Header.Get("Retry-After")
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, longestRetryAfter)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), longestRetryAfter)
}
