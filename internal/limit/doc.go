// Package limit holds rates of things that are counted by key: sign-ins of an
// address, failed sign-ins of an account, calls of a conversation. The fronts
// ask it; it knows nothing of what it counts. And it has turns, for what is too
// dear to be done for everybody at once.
package limit
