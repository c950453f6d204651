package certificate

import "slices"

// messengerHosts are the names that clients look for by themselves. Those of the
// storage and contact services had a part for each of many machines.
var messengerHosts = []string{
	"messenger.hotmail.com", "messenger.msn.com", "gateway.messenger.hotmail.com", "muser.gateway.messenger.hotmail.com",
	"nexus.passport.com", "login.passport.com", "loginnet.passport.com", "login.passport.net",
	"login.live.com", "msnia.login.live.com", "clientconfig.passport.net",
	"config.messenger.msn.com", "svcs.microsoft.com", "g.msn.com", "rad.msn.com",
	"contacts.msn.com", "byrdr.omega.contacts.msn.com", "storage.msn.com", "tkrdr.storage.msn.com",
	"byfiles.storage.msn.com", "blufiles.storage.msn.com", "ows.messenger.msn.com", "rsi.hotmail.com",
	"sup.live.com", "directory.services.live.com", "cc.services.spaces.live.com",
}

// MessengerHosts lists the names that clients look for by themselves.
func MessengerHosts() []string { return slices.Clone(messengerHosts) }
