// Package certificate is what the service proves its name with when clients come
// over TLS: a certificate from files, one that an ACME provider gives, or one of an
// authority of the service's own, which is made at the first start. The composition
// chooses and serves with it.
//
// The own authority is for clients that are sent here under names that nobody else
// would certify, such as nexus.passport.com. Whoever installs it trusts it for
// those names and this service's, and by its name constraints for no others.
package certificate
