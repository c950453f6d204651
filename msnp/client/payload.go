package client

import (
	"bytes"
	"strings"
)

// The types of what people send each other.
const (
	typeText    = "text/plain"
	typeControl = "text/x-msmsgscontrol"
)

// TextPayload makes the payload of a text message, as Send does. Line ends become
// CR LF, as the clients have them.
func TextPayload(text string) []byte {
	const head = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n"
	if strings.Contains(text, "\n") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	}
	return append(append(make([]byte, 0, len(head)+len(text)), head...), text...)
}

// typingPayload makes the payload that says that somebody is typing.
func typingPayload(handle string) []byte {
	return []byte("MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: " + handle + "\r\n\r\n\r\n")
}

// header finds a header of a payload by its name, whose case does not matter.
func header(payload []byte, name string) string {
	for len(payload) > 0 {
		var line []byte
		line, payload, _ = bytes.Cut(payload, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			break
		}
		key, value, found := bytes.Cut(line, []byte(":"))
		if found && len(key) == len(name) && strings.EqualFold(string(key), name) {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// body is what follows the headers.
func body(payload []byte) []byte {
	if _, after, found := bytes.Cut(payload, []byte("\r\n\r\n")); found {
		return after
	}
	_, after, _ := bytes.Cut(payload, []byte("\n\n"))
	return after
}

// contentType is the type of a payload, without parameters and in lower case.
func contentType(payload []byte) string {
	value, _, _ := strings.Cut(header(payload, "Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(value))
}

// Header gives a header of the message, "" if it has none of that name.
func (m Message) Header(name string) string { return header(m.Payload, name) }

// ContentType is the type of the message without parameters, such as "text/plain".
func (m Message) ContentType() string { return contentType(m.Payload) }

// Text is what somebody typed, and true; or false if the message is something
// else. It is as the sender sent it: clients of the time do not always send UTF-8.
func (m Message) Text() (string, bool) {
	if m.ContentType() != typeText {
		return "", false
	}
	return string(body(m.Payload)), true
}

// Header gives a header of the notice, "" if it has none of that name. In mail
// notices the body is made of headers, too: those are not found.
func (n Notice) Header(name string) string { return header(n.Payload, name) }
