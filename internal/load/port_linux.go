package load

import "syscall"

// ipBindAddressNoPort is IP_BIND_ADDRESS_NO_PORT, which package syscall does not
// have.
const ipBindAddressNoPort = 24

// pickPortLate lets the system choose the port of a connection from a given
// address when it knows where that goes, so that one port can be used for several
// servers.
func pickPortLate(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
	})
	if err != nil {
		return err
	}
	return failed
}
