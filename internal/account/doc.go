// Package account keeps the accounts of the service: it creates them, checks
// what people sign in with, bans and removes them. The fronts and the command
// line call it.
//
// An account has up to two passwords. The main one is stored as an argon2id
// hash. Clients up to 4.6 prove theirs with MD5 over a salt, which no hash of
// it can check; so they have a legacy password of their own, sealed with
// AES-256-GCM under a key file that lies beside the database, not in it.
//
// What tickets are signed with is made from the same key, and each account counts
// in its epoch how often its tickets were revoked; see package ticket.
//
// A failed check is always [ErrCredentials] and takes the same time whether or
// not there is such an account. The package never logs, and its [Secret] type
// keeps passwords out of the logs of others.
package account
