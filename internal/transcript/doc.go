// Package transcript plays conversations that are written down as text against
// a running service, over real connections. They are the tests of what goes
// over the wire, and the documentation of it: see testdata/transcripts.
//
// A transcript is a list of steps, one a line, and comments (#):
//
//	config switchboard.auth = "md5"        a key of the configuration
//	time grace 300ms                       how long a principal that was moved is waited for; also: greeting,
//	                                       sign-in, referred, answer, challenge, silence; nexus: how long a challenge is
//	                                       held back, which it is not else
//	lists 2                                how many contacts each list takes
//	elsewhere bea@example.net HOST:PORT    an account of another node; - for one of none
//	account ada@example.net secret Ada     an account, with its password for old clients; - for none
//	ada dials DS                           a new connection: DS, NS, SB, WEB or host:port; what comes from WEB are
//	                                       single lines, without that of the date
//	ada > VER 1 MSNP7 CVR0                 ada sends a line
//	ada >. INF 2\r\nUS                     ada sends these octets, escapes as in Go
//	ada < VER 1 MSNP7 CVR0                 ada gets a line, exactly this one
//	ada | MIME-Version: 1.0                a line of the payload of the line before
//	ada |. Hello                           the same, without an end of line behind it
//	ada hangs up                           ada closes
//	ada is closed                          the service closes, after all that was sent
//	ada hears nothing                      nothing comes within a moment
//	operator resets ada@example.net        also: closes, bans, unbans, removes HANDLE;
//	                                       refers HANDLE HOST:PORT; alerts HANDLE TEXT; passwords HANDLE
//	                                       PASSWORD (gives it another); mutes HANDLE (takes its password for
//	                                       old clients away); breaks, mends the database;
//	                                       stops the service
//
// One step stands for those of a sign-in, from dialling the notification server
// to the profile message, with the transaction ids 1 to 3:
//
//	ada signs in with MSNP7 as ada@example.net
//
// A word in braces is a variable: the first time that it is met in what is got
// it takes what stands there, up to the next blank; from then on it stands for
// that. {ds}, {ns}, {sb} and {web} are the addresses of the service, {md5 salt
// password} is the answer to a challenge, {quiz challenge} that to CHL; another
// product than the official one may be added to it, and a version of the other
// algorithm put before: {quiz MSNP11 challenge PROD00974#MT*RC2}. {ticket handle} is
// a ticket of an account, the same each time unless a word is added ("services" for
// one that is good for nothing else), and {auth handle} the first half of it. {len}
// is the length of the payload that follows, {any} is anything without blanks, and
// {} is nothing, which shows a blank before it.
package transcript
