//go:build unix && !linux

package netio

import "syscall"

// vector is needed only where there is a vectored write.
type vector struct{}

// writeSome writes the first frame, or what is left of it.
func (t *train) writeSome(fd int) (int, error) {
	return syscall.Write(fd, t.frames[t.head].Bytes[t.off:])
}
