package client_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// Sign in, look around, and leave.
func ExampleSignIn() {
	service := startService()
	defer service.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c, err := client.SignIn(ctx, client.Options{
		Dispatch: service.Addr().String(),
		Handle:   "zed@example.net",
		Password: "s3cret!",
		Status:   msnp.StatusOnline,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Name(), "speaks", c.Version(), "and is", c.Status())
	for _, contact := range c.Roster().Contacts {
		fmt.Println(contact.Name, contact.Lists, contact.Status)
	}
	fmt.Println(c.SignOut(ctx))
	// Output:
	// Zed Q speaks MSNP7 and is NLN
	// Bea FL,AL,RL AWY
	// <nil>
}

// Open a conversation, say something and wait for the answer.
func ExampleClient_Open() {
	service := startService()
	defer service.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	events := make(chan client.Event, 16)
	c, err := client.SignIn(ctx, client.Options{
		Dispatch: service.Addr().String(),
		Handle:   "zed@example.net",
		Password: "s3cret!",
		Status:   msnp.StatusOnline,
		Events:   events,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.SignOut(ctx) }()

	conversation, err := c.Open(ctx, "bea@example.net")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := conversation.Send(ctx, "Dinner at 8?"); err != nil {
		fmt.Println(err)
		return
	}
	for e := range events {
		if m, ok := e.(client.Message); ok {
			text, _ := m.Text()
			fmt.Printf("%s: %s\n", m.Name, text)
			break
		}
	}
	// Output: Bea: You said: Dinner at 8?
}

// A bot that answers everybody. Invitations are answered by the client.
func ExampleOptions_onEvent() {
	service := startService()
	defer service.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	finished := make(chan struct{})
	c, err := client.SignIn(ctx, client.Options{
		Dispatch: service.Addr().String(),
		Handle:   "bot@example.net",
		Password: "s3cret!",
		Status:   msnp.StatusOnline,
		OnEvent: func(_ *client.Client, e client.Event) {
			switch e := e.(type) {
			case client.Answered:
				fmt.Println("invited by", e.Invitation.CallerName)
			case client.Message:
				if text, ok := e.Text(); ok {
					fmt.Println(e.Name, "says:", text)
					_ = e.Conversation.Send(ctx, "I am only a bot.")
				}
			case client.Ended: // Bea has left
				close(finished)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.RenameSelf(ctx, "Echo"); err != nil {
		fmt.Println(err)
		return
	}
	<-finished
	fmt.Println(c.SignOut(ctx))
	// Output:
	// invited by Bea
	// Bea says: Anybody there?
	// <nil>
}

// From MSNP8 on a login server takes the password, and gives a ticket for it.
func ExamplePassport() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	c, err := client.SignIn(ctx, client.Options{
		Notification: "messenger.example.net:1863",
		Handle:       "zed@example.net",
		Password:     "s3cret!",
		Version:      msnp.MSNP12,
		Status:       msnp.StatusOnline,
		Passport: client.Passport{
			Nexus: "https://messenger.example.net/rdr/pprdr.asp", // to MSNP11
			RST:   "https://messenger.example.net/RST.srf",       // since MSNP12
		},
	})
	if client.Code(err) == msnp.CodeAuthFailed {
		fmt.Println("wrong handle or password")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.SetPersonal(ctx, msnp.Personal{Message: "gone fishing"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.SignOut(ctx))
}

// A network that lets only HTTP out.
func ExampleGateway() {
	c, err := client.SignIn(context.Background(), client.Options{
		Notification: "messenger.example.net:1863",
		Handle:       "zed@example.net",
		Password:     "s3cret!",
		Gateway:      client.Gateway{URL: "http://messenger.example.net/gateway/gateway.dll"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.SignOut(context.Background()))
}

// Send a file to somebody who is online.
func ExampleConversation_SendFile() {
	send := func(ctx context.Context, c *client.Client, handle string, file *os.File) error {
		info, err := file.Stat()
		if err != nil {
			return err
		}
		v, err := c.Open(ctx, handle)
		if err != nil {
			return err
		}
		defer func() { _ = v.Close() }()
		err = v.SendFile(ctx, handle, info.Name(), file, info.Size())
		if errors.Is(err, client.ErrDeclined) {
			fmt.Println(handle, "does not want it")
		}
		return err
	}
	_ = send
}

// Take files that are offered, of at most Options.MaxTransfer.
func ExampleFileOffer() {
	onEvent := func(_ *client.Client, e client.Event) {
		offered, ok := e.(client.FileOffered)
		if !ok {
			return
		}
		go func() { // other events go on meanwhile
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			data, err := offered.Offer.Accept(ctx)
			fmt.Println(offered.Offer.Name, len(data), err)
		}()
	}
	_ = client.Options{OnEvent: onEvent, MaxTransfer: 1 << 20}
}

// What a server refuses has a code.
func ExampleCode() {
	service := startService()
	defer service.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c, err := client.SignIn(ctx, client.Options{
		Dispatch: service.Addr().String(),
		Handle:   "zed@example.net",
		Password: "s3cret!",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.SignOut(ctx) }()

	err = c.Add(ctx, msnp.ForwardList, "nobody@example.net", "", msnp.NoGroup)
	if client.Code(err) == msnp.CodeNoSuchAccount {
		fmt.Println("there is no such account")
	}
	fmt.Println(err)
	// Output:
	// there is no such account
	// client: ADD refused: no such account (205)
}

// startService starts a service that is only good for these examples: one address
// is everything, everybody is welcome, and there is nobody but Bea, who repeats what
// others say, and calls those who change their name.
func startService() net.Listener {
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go serve(nc, ln.Addr().String())
		}
	}()
	return ln
}

// serve answers line by line: {n} is the transaction id, {here} the address.
func serve(nc net.Conn, here string) {
	defer nc.Close()
	in := bufio.NewReader(nc)
	for {
		line, err := in.ReadString('\n')
		words := strings.Fields(line)
		if err != nil || len(words) == 0 || words[0] == "OUT" {
			return
		}
		if words[0] == "MSG" {
			hear(in, nc, words)
			continue
		}
		for _, answer := range answers {
			if !strings.HasPrefix(words[0]+" "+strings.Join(words[2:], " "), answer.to) {
				continue
			}
			text := strings.NewReplacer("{n}", words[1], "{here}", here, "\n", "\r\n").Replace(answer.with)
			_, _ = io.WriteString(nc, text+"\r\n")
			break
		}
	}
}

// hear takes a message, and repeats it as Bea's, or leaves when the bot speaks.
func hear(in *bufio.Reader, nc net.Conn, words []string) {
	var size int
	_, _ = fmt.Sscan(words[3], &size)
	payload := make([]byte, size)
	_, _ = io.ReadFull(in, payload)
	if strings.HasSuffix(string(payload), "bot.") {
		fmt.Fprintf(nc, "ACK %s\r\nBYE bea@example.net\r\n", words[1])
		return
	}
	echo := strings.Replace(string(payload), "\r\n\r\n", "\r\n\r\nYou said: ", 1)
	fmt.Fprintf(nc, "ACK %s\r\nMSG bea@example.net Bea %d\r\n%s", words[1], len(echo), echo)
}

var answers = []struct{ to, with string }{
	{"VER", "VER {n} MSNP7 CVR0"},
	{"INF", "INF {n} MD5"},
	{"USR MD5 I", "USR {n} MD5 S 982312055.48817"},
	{"USR MD5 S", "USR {n} OK zed@example.net Zed%20Q 1"},
	{"USR", "USR {n} OK zed@example.net Zed%20Q"},
	{"SYN", `SYN {n} 7
GTC {n} 7 A
BLP {n} 7 AL
LSG {n} 7 1 1 0 Friends 0
LST {n} FL 7 1 1 bea@example.net Bea 0
LST {n} AL 7 1 1 bea@example.net Bea
LST {n} BL 7 0 0
LST {n} RL 7 1 1 bea@example.net Bea`},
	{"CHG", "CHG {n} NLN\nILN {n} AWY bea@example.net Bea"},
	{"CVR", "CVR {n} 1.0 1.0 1.0 http://example.net http://example.net"},
	{"REA", "REA {n} 8 bot@example.net Echo\nRNG 5 {here} CKI 1.2.3 bea@example.net Bea"},
	{"ADD", "205 {n}"},
	{"XFR", "XFR {n} SB {here} CKI 1.2.3"},
	{"CAL", "CAL {n} RINGING 5\nJOI bea@example.net Bea"},
	{"ANS", "IRO {n} 1 1 bea@example.net Bea\nANS {n} OK\nMSG bea@example.net Bea 42\nContent-Type: text/plain\n\nAnybody there?"},
}
