package config

// webKeys are the keys of the section of what is served over HTTP.
func webKeys() []key {
	return []key{
		portKey("web.port", `Port for HTTP: /healthz, /readyz, /metrics, pages for people, and what clients fetch without encryption. Clients expect that at port 80.`,
			func(c *Config) *int { return &c.Web.Port }),
		{"web.tls", `Where the certificate for HTTPS comes from. "own": from an authority of this service, which is made in the folder authority of the data folder at the first start and can be downloaded at /authority; it is limited to the host names that clients know and those of web.names, and each client has to install it. "files": from web.certificate and web.key. "acme": for web.names, from a provider that everybody trusts, which has to reach this machine at port 80 or 443; other names have one from the own authority. "off": there is no HTTPS; something in front of this service has it.`,
			func(c *Config) value {
				return choice[TLSSource]{&c.Web.TLS, []TLSSource{TLSOwn, TLSFiles, TLSACME, TLSOff}}
			}},
		portKey("web.tls_port", `Port for HTTPS, with TLS 1.2 and later. Clients expect it at port 443.`,
			func(c *Config) *int { return &c.Web.TLSPort }),
		{"web.old_tls_port", `Port for HTTPS with clients on systems up to Windows Vista, which know nothing after TLS 1.0. That is broken: whoever can listen on the network may come to know what is sent, passwords too. Its certificate is that of web.tls = "files", and else one of the own authority, signed in the way that those systems can check.`,
			func(c *Config) value {
				return whole{p: &c.Web.OldTLSPort, min: 1, max: maxPort, zero: "for no such port"}
			}},
		{"web.names", `Host names and addresses of this service, for its certificate. Empty means those that the machine has when the own authority is made.`,
			func(c *Config) value { return text{p: &c.Web.Names, words: namesWords, allow: allowNames} }},
		{"web.login_host", `Host that clients are told to sign in at, over HTTPS. Empty means the one by which they have come. Set it when another machine serves HTTPS. A process with the role web that can reach no accounts sends clients there too.`,
			func(c *Config) value {
				return text{p: &c.Web.LoginHost, words: loginHostWords, allow: allowLoginHost}
			}},
		{"web.proxies", `Proxies in front of this service, by address or network. They are believed when they say for whom they ask (X-Forwarded-For) and whether that one has come over HTTPS (X-Forwarded-Proto); nobody else is.`,
			func(c *Config) value { return text{p: &c.Web.Proxies, words: proxiesWords, allow: allowProxies} }},
		{"web.certificate", `For web.tls = "files": the file with the certificate and its chain, in PEM. It may be replaced while the service runs.`,
			func(c *Config) value {
				return text{p: &c.Web.Certificate, words: `the path of a file, or ""`, allow: allowFile}
			}},
		{"web.key", `For web.tls = "files": the file with the key of the certificate, in PEM.`,
			func(c *Config) value {
				return text{p: &c.Web.Key, words: `the path of a file, or ""`, allow: allowFile}
			}},
		{"web.acme_email", `For web.tls = "acme": the address that the provider writes to when something is wrong.`,
			func(c *Config) value {
				return text{p: &c.Web.ACMEEmail, words: `an e-mail address, or ""`, allow: allowEmail}
			}},
		{"web.acme_directory", `For web.tls = "acme": the address of the provider's directory. Empty means Let's Encrypt. Using a provider is agreeing to its terms.`,
			func(c *Config) value {
				return text{p: &c.Web.ACMEDirectory, words: directoryWords, allow: allowDirectory}
			}},
	}
}
