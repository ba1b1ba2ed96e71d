package intent

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Command is what an operator, or a drill, asks for. Text is the value: "true"
// of DisableGateway disables, "false" enables. Without For, Drill and Reset it
// holds until it is taken back.
type Command struct {
	Object   Object
	Property Property
	Text     string
	Reset    bool          // take back what was said, whatever it was; with Drill: end the drill
	For      time.Duration // into the timed layer, or with Drill the length of the drill
	Drill    bool          // into the drill layer
	By       string
	Reason   string
	Bypass   []string
	Detail   json.RawMessage
}

// ErrNoLength is returned for a drill that would not end.
var ErrNoLength = errors.New("want a length")

// Validate says what is wrong with a command.
func (c Command) Validate() error {
	for _, check := range []func() error{c.checkLease, Key{Object: c.Object, Property: c.Property}.validate, c.checkText, c.checkWords, c.checkDetail} {
		if err := check(); err != nil {
			return fmt.Errorf("command on %s of %.200q: %w", c.Property, c.Object, err)
		}
	}
	return nil
}

func (c Command) checkLease() error {
	if c.For < 0 || c.For > MaxFor {
		return fmt.Errorf("lease of %s: want 0s .. %s", c.For, MaxFor)
	}
	if c.Drill && !c.Reset && c.For == 0 {
		return fmt.Errorf("drill: %w of more than 0s, at most %s", ErrNoLength, MaxFor)
	}
	return nil
}

func (c Command) checkText() error {
	if !c.Reset {
		return c.Property.check(c.Text)
	}
	if c.Text != "" || c.For != 0 {
		return fmt.Errorf("reset with text %.80q and lease of %s: want neither", c.Text, c.For)
	}
	return nil
}

func (c Command) checkWords() error { return checkWords(c.By, c.Reason, c.Bypass) }

func (c Command) checkDetail() error { return checkDetail(c.Detail) }

// value returns what the command says in a layer.
func (c Command) value(l Layer) Value {
	return Value{
		Key: Key{Object: c.Object, Property: c.Property, Layer: l}, Clear: c.Reset, Text: c.Text, For: c.For,
		By: c.By, Reason: c.Reason, Bypass: c.Bypass, Detail: c.Detail,
	}
}

// clearing returns what takes back what a layer says.
func (c Command) clearing(l Layer) Value {
	c.Reset, c.Text, c.For = true, "", 0
	return c.value(l)
}
