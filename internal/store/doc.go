// Package store keeps what must outlive the process: accounts, contact lists,
// groups and settings, in SQL. It holds the schema, its migrations and every
// query; the packages account and roster hold the rules and are its callers.
//
// The data is in a SQLite file, or in PostgreSQL, which several nodes share.
// The queries are the same. All work is done in transactions: [DB.Read] gives a
// snapshot, and so does [DB.Look], where all queries are known beforehand and
// are one message to the database; when [DB.Write] returns nil the change is on
// disk. A person's answer is sent after that, so nothing acknowledged is lost. SQLite has one writer at
// a time; on PostgreSQL a change first locks the accounts that it concerns, see
// [Tx.Lock], so that changes of one person's lists go one after the other there
// too. What the database undoes for the sake of another change, or because it
// is restarted, is done again.
//
// [Copy], [Backup] and [DB.Check] are for all of the data at once.
//
// The package never decides who may do what, never checks a password and never
// reads a configuration file.
package store
