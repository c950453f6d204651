package fleet

import "syscall"

// attributes make a process one that ends with us, and that a Ctrl-C at the
// terminal does not reach: who started it decides.
func attributes(user *credential) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if user != nil {
		a.Credential = &syscall.Credential{Uid: user.uid, Gid: user.gid}
	}
	return a
}
