package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// maxID bounds the id of a session that a client names.
const maxID = 64

// newID makes the id of a session: the number of the node that has it, and 128
// bits at random, which nobody guesses.
func newID(node string) string {
	var p [16]byte
	_, _ = rand.Read(p[:]) // never fails
	return fmt.Sprintf("%d.%020d%020d", numberOf(node), binary.BigEndian.Uint64(p[:8]), binary.BigEndian.Uint64(p[8:]))
}

// numberOf is a number that a node goes by in ids. Two nodes may have the same:
// then either is asked.
func numberOf(node string) uint32 {
	sum := sha256.Sum256([]byte("papilio gateway " + node))
	return binary.BigEndian.Uint32(sum[:])
}

// holderOf is the number of the node that an id says to have the session.
func holderOf(id string) (number uint32, ok bool) {
	first, second, ok := strings.Cut(id, ".")
	if !ok || len(id) > maxID || second == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(first, 10, 32)
	return uint32(n), err == nil
}
