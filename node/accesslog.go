package node

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"meridian/configs"
)

// logFile is a file that lines are added to. Where it was moved away it is
// opened anew, so that it can be rotated. One goroutine writes.
type logFile struct {
	path   string
	file   *os.File
	looked time.Time // whether it was moved away
}

// lookEvery is how often a log file is looked for by its name.
const lookEvery = time.Second

// openAccessLog opens what requests are logged to; nil: nothing.
func (n *Node) openAccessLog() (io.Writer, error) {
	c := n.options.Config.Gateway.AccessLog
	switch {
	case c == nil:
		return nil, nil
	case c.File == "-":
		return os.Stdout, nil
	}
	l := &logFile{path: c.File, looked: time.Now()}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("opening the access log: %w", err)
	}
	n.steps.push("access log", func(context.Context) error { return l.file.Close() })
	return l, nil
}

func (l *logFile) open() (err error) {
	l.file, err = os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	return err
}

// Write implements io.Writer.
func (l *logFile) Write(line []byte) (int, error) {
	if now := time.Now(); now.Sub(l.looked) >= lookEvery {
		l.looked = now
		l.follow()
	}
	return l.file.Write(line)
}

// follow opens the file anew where it was moved away; what is open stays where
// that fails.
func (l *logFile) follow() {
	there, err := os.Stat(l.path)
	mine, mineErr := l.file.Stat()
	if err == nil && mineErr == nil && os.SameFile(there, mine) {
		return
	}
	before := l.file
	if l.open() != nil {
		l.file = before
		return
	}
	_ = before.Close() // appended lines are written: nothing is buffered
}

// logRate is how many requests a second are logged; 0: the default.
func logRate(c *configs.NodeGateway) int {
	if c.AccessLog == nil {
		return 0
	}
	return c.AccessLog.Rate
}
