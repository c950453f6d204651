package certificate

import "crypto/tls"

// Get gives the certificate for a client that says hello.
type Get func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// http1 is all that is spoken: HTTP/2 would write header names in its own way.
var http1 = []string{"http/1.1"}

// Modern is how TLS is spoken with everybody who can.
func Modern(get Get, more ...string) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: get,
		NextProtos:     append(more, http1...),
	}
}

// oldSuites are what systems from 1998 to 2008 know, the better first. Without
// forward secrecy, RC4 and 3DES are all that some of them have.
var oldSuites = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
	tls.TLS_RSA_WITH_RC4_128_SHA,
}

// Old is how TLS is spoken with systems that know nothing after version 1.0. It
// protects little: it is for a listener of its own, which has to be asked for.
func Old(get Get) *tls.Config {
	return &tls.Config{ //nolint:gosec // version 1.0 is what these systems have
		MinVersion:     tls.VersionTLS10,
		MaxVersion:     tls.VersionTLS12,
		CipherSuites:   oldSuites,
		GetCertificate: get,
		NextProtos:     http1,
	}
}
