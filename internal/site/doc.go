// Package site is what the service shows in a browser. For now that is one
// page, which says what this is and how to connect; the addresses that old
// clients open by themselves (see URL of the notification server) lead to it.
//
// It is plain HTML, without scripts or styles, because the browsers of these
// clients are as old as they are.
package site
