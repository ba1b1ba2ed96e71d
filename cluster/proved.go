package cluster

import (
	"context"
	"errors"
	"time"
)

// callRecords is the method that brings records of proved kinds.
const callRecords = "cluster.records"

// provedTime is how long one delivery may take.
const provedTime = 5 * time.Second

var errUnproved = errors.New("record in gossip: want it over a peer stream")

func provedLetter(items ...item) []byte {
	letter := recordsLetter(items...)
	letter[0] = letterProved
	return letter
}

// prove brings records to a member over a peer stream.
func (g *gossip) prove(to NodeID, records []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), provedTime)
	defer cancel()
	_, err := g.call(ctx, to, callRecords, records)
	return err
}

// proved takes in what a node brings that has proved who it is.
func (g *gossip) proved(_ context.Context, _ NodeID, records []byte) ([]byte, error) {
	if !g.readRecords(records, nil) {
		return nil, ErrMalformed
	}
	return nil, nil
}
