//go:build unix

package telegram

import (
	"net"
	"syscall"
)

// silent reports whether nothing came over an idle connection: no word, and no end.
func silent(c net.Conn) bool {
	tcp, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	var got error
	err = raw.Read(func(fd uintptr) bool {
		_, got = syscall.Read(int(fd), make([]byte, 1))
		return true
	})
	return err == nil && got == syscall.EAGAIN
}
