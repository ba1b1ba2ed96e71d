//go:build !race

package node

// manyNodes are started at once.
const manyNodes = 20

// reloads of the storm.
const reloads = 100
