package store

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"testing"
)

var errCrash = errors.New("the machine is off")

// inode is a file's content: what the kernel has, and what the platter has.
type inode struct {
	data   []byte
	synced []byte
	safe   bool // synced is all of data
}

// nameChange sets names to inodes; nil takes a name away. It happens at once or
// not at all.
type nameChange map[string]*inode

// memDisk models a disk: contents are durable after Sync, names after sync, and
// until then each change may or may not have reached the platter, in any
// combination (ALICE, OSDI 2014).
type memDisk struct {
	t       *testing.T
	names   map[string]*inode // as the kernel sees them
	durable map[string]*inode
	pending []nameChange

	op     int                // operations so far
	fault  func(op int) error // what happens to an operation; nil: nothing
	off    bool               // errCrash happened: nothing works any more
	noLink bool
}

func newMemDisk(t *testing.T) *memDisk {
	return &memDisk{t: t, names: map[string]*inode{}, durable: map[string]*inode{}}
}

// step counts an operation and returns its fault.
func (d *memDisk) step() error {
	if d.off {
		return errCrash
	}
	d.op++
	if d.fault == nil {
		return nil
	}
	err := d.fault(d.op)
	d.off = errors.Is(err, errCrash)
	return err
}

func (d *memDisk) change(c nameChange) {
	d.pending = append(d.pending, c)
	apply(d.names, c)
}

func apply(names map[string]*inode, c nameChange) {
	for name, file := range c {
		if file == nil {
			delete(names, name)
		} else {
			names[name] = file
		}
	}
}

func (d *memDisk) read(name string, limit int64) ([]byte, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	file, ok := d.names[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	if int64(len(file.data)) > limit {
		return nil, ErrTooLarge
	}
	return slices.Clone(file.data), nil
}

func (d *memDisk) create(name string) (handle, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	if d.names[name] != nil {
		return nil, fs.ErrExist
	}
	file := &inode{}
	d.change(nameChange{name: file})
	return &memHandle{disk: d, file: file}, nil
}

func (d *memDisk) remove(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	if d.names[name] != nil {
		d.change(nameChange{name: nil})
	}
	return nil
}

func (d *memDisk) move(from, to string) error {
	if err := d.step(); err != nil {
		return err
	}
	if d.names[from] == nil {
		return fs.ErrNotExist
	}
	d.change(nameChange{to: d.names[from], from: nil})
	return nil
}

func (d *memDisk) keep(from, to string) error {
	if err := d.step(); err != nil {
		return err
	}
	if d.noLink {
		return errors.ErrUnsupported
	}
	if d.names[to] != nil {
		return fs.ErrExist
	}
	d.change(nameChange{to: d.names[from]})
	return nil
}

func (d *memDisk) sync() error {
	if err := d.step(); err != nil {
		return err
	}
	d.durable, d.pending = maps.Clone(d.names), nil
	return nil
}

type memHandle struct {
	disk   *memDisk
	file   *inode
	failed bool
}

// Write stores all, or half when the operation has a fault.
func (h *memHandle) Write(b []byte) (int, error) {
	n, err := len(b), h.disk.step()
	if err != nil {
		n /= 2
	}
	h.file.data, h.file.safe = append(h.file.data, b[:n]...), false
	return n, err
}

func (h *memHandle) Sync() error {
	if h.failed {
		h.disk.t.Error("Sync was called again on a handle whose Sync had failed")
	}
	if err := h.disk.step(); err != nil {
		h.failed = true
		return err
	}
	h.file.synced, h.file.safe = slices.Clone(h.file.data), true
	return nil
}

func (h *memHandle) Close() error { return h.disk.step() }

// afterKill is the disk as another process finds it: the kernel lives on.
func (d *memDisk) afterKill() *memDisk {
	out := newMemDisk(d.t)
	out.names, out.durable, out.pending = maps.Clone(d.names), maps.Clone(d.durable), slices.Clone(d.pending)
	return out
}

// afterPowerLoss lists the disks a machine may come up with: every subset of
// the pending changes, and of content that was not synced nothing, half or all.
func (d *memDisk) afterPowerLoss() []*memDisk {
	var out []*memDisk
	for subset := range 1 << len(d.pending) {
		for thirds := range 3 {
			found := newMemDisk(d.t)
			names := maps.Clone(d.durable)
			for i, c := range d.pending {
				if subset>>i&1 == 1 {
					apply(names, c)
				}
			}
			for name, file := range names {
				found.names[name] = file.survivor(thirds)
			}
			found.durable = maps.Clone(found.names)
			out = append(out, found)
		}
	}
	return out
}

func (f *inode) survivor(halves int) *inode {
	if f.safe {
		return &inode{data: f.synced, synced: f.synced, safe: true}
	}
	data := f.data[:len(f.data)*halves/2]
	return &inode{data: data, synced: data, safe: true}
}
