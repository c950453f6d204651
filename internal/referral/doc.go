// Package referral knows where a client belongs: which notification server is
// its own (XFR NS), which switchboard it is to talk on (XFR SB, RNG), and by
// what it is let in there.
//
// The dispatch and notification servers ask a [Referrer] for addresses, make
// cookies with [Keys] and, for clients that have no cookies, grants with
// [NewGrant]. A switchboard checks cookies with the same [Keys], lets each in
// once with [Used], and keeps the grants that it was told of in [Grants].
//
// It never speaks to a client, never touches the database and, since a cookie
// carries its own proof, never has to ask another node whether one is good.
package referral
