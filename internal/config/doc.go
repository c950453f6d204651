// Package config is what an operator can set: one struct, its defaults, and
// the three places a value can come from (a TOML file, the environment, the
// command line).
//
// The command line calls [Load] once, before anything else is built, and
// hands the finished [Config] down. Nothing below reads a file, a flag or the
// environment for itself. Everything that a person may read about the keys,
// the printed file and docs/configuration.md among it, is made from the one
// table in keys.go, so that it cannot disagree with the code.
//
// The package never opens a port, creates a folder or contacts anything: a
// configuration can be checked on a machine that does not run the service.
package config
