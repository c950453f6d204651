package load

import (
	"fmt"
	"strconv"
	"strings"
)

// Test accounts are told from all others by their handles: bench00001@bench.invalid.
// No mail can ever go to that domain (RFC 2606).
const (
	accountPrefix = "bench"
	accountDomain = "@bench.invalid"
	// Password is that of all test accounts.
	Password = "bench"
	// maxAccount is the greatest number of an account.
	maxAccount = 99_999_999
)

// Accounts is a span of test accounts.
type Accounts struct {
	From  int `json:"from"`
	Count int `json:"count"`
}

// Handle gives the handle of an account of the span, counted from 0.
func (a Accounts) Handle(i int) string { return handleOf(a.From + i) }

func handleOf(number int) string {
	return fmt.Sprintf("%s%05d%s", accountPrefix, number, accountDomain)
}

// isTestAccount reports whether a handle is one of ours.
func isTestAccount(handle string) bool {
	number, ours := strings.CutSuffix(handle, accountDomain)
	number, prefixed := strings.CutPrefix(number, accountPrefix)
	if !ours || !prefixed {
		return false
	}
	n, err := strconv.ParseUint(number, 10, 32)
	return err == nil && handleOf(int(n)) == handle
}

// split divides a span into parts of whole groups, the first of which may be
// larger. It makes fewer parts if there are not enough groups.
func (a Accounts) split(parts, group int) []Accounts {
	groups := a.Count / group
	parts = max(1, min(parts, groups))
	var all []Accounts
	for i := range parts {
		from, to := groups*i/parts*group, groups*(i+1)/parts*group
		all = append(all, Accounts{From: a.From + from, Count: to - from})
	}
	return all
}
