//go:build !race

package switchboard

const racing = false
