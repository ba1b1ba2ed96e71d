//go:build race

package node

// manyNodes are started at once; the race detector makes each ten times dearer.
const manyNodes = 4

// reloads of the storm.
const reloads = 14
