// Package store keeps what must outlive the process: accounts, contact lists,
// groups and settings, in SQL. It holds the schema, its migrations and every
// query; the packages account and roster hold the rules and are its callers.
//
// All work is done in transactions. [DB.Read] gives a snapshot; [DB.Write]
// gives the only writer there is, and when it returns nil the change is on
// disk. A person's answer is sent after that, so nothing acknowledged is lost.
//
// The package never decides who may do what, never checks a password and never
// reads a configuration file.
package store
