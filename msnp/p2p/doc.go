// Package p2p is what clients from MSNP9 on tell each other in messages of the type
// application/x-msnmsgrp2p, to fetch display pictures and emoticons and to send files:
// version 1 of the protocol, which all later clients speak, too.
//
// A [Message] is a piece of something: a header of 48 octets, the piece, and a footer.
// [Join] puts the pieces together. What they make up is either data or, in the session
// with the number 0, an [SLP], a text in the manner of SIP that begins, answers and
// ends sessions. An [ObjectContext] or a [FileContext] in it tells what the session is
// about.
//
// As in package msnp nothing here does input or output. Everything that is read comes
// from people who are not trusted: sizes are checked before anything is made of them.
// Package msnp/client has the conversations that use this.
package p2p
