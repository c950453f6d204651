// Package benchmark measures a whole service over real connections: referrals,
// sign-ins, messages beside a bare relay of the same bytes, presence, and the
// memory of idle sessions. It is all tests; docs/performance.md tells how to
// run them and what they said.
package benchmark
