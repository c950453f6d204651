//go:build unix && !linux

package fleet

import "syscall"

// attributes are the usual ones where the system cannot end a process with its
// parent.
func attributes(*credential) *syscall.SysProcAttr { return nil }
