package netio

import (
	"syscall"
	"unsafe"
)

// maxVector is how many frames go out with one system call.
const maxVector = 64

// vector is the scratch memory of writeSome, kept with the train.
type vector []syscall.Iovec

// writeSome writes as many frames as one system call takes.
func (t *train) writeSome(fd int) (int, error) {
	frames := t.frames[t.head:]
	first := frames[0].Bytes[t.off:]
	if len(frames) == 1 {
		return syscall.Write(fd, first)
	}
	vec := t.vec[:0]
	for i, f := range frames[:min(len(frames), maxVector)] {
		b := f.Bytes
		if i == 0 {
			b = first
		}
		v := syscall.Iovec{Base: &b[0]} // frames are never empty
		v.SetLen(len(b))
		vec = append(vec, v)
	}
	t.vec = vec
	n, _, no := syscall.Syscall(syscall.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(vec))), uintptr(len(vec))) //nolint:gosec // there is no writev that brings no allocation in the standard library
	clear(vec)
	if no != 0 {
		return 0, no
	}
	return int(n), nil
}
