package transcript

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Transcript is a conversation to play.
type Transcript struct {
	Config   string                   // TOML
	Times    map[string]time.Duration // that are not as usual, by name
	Lists    int                      // how many contacts a list takes; 0 for the usual number
	Accounts []Account
	// Elsewhere are the accounts of other nodes, with the address of their
	// notification server; it is empty for an account of no node.
	Elsewhere map[string]string
	Steps     []Step
}

// Account exists before the conversation.
type Account struct {
	Handle   string
	Password string // of old clients; empty for none
	Name     string
}

// Verb is what happens in a step.
type Verb string

// The verbs.
const (
	Dials    Verb = "dials"
	Sends    Verb = ">"
	SendsRaw Verb = ">." // without an end of line
	Gets     Verb = "<"
	HangsUp  Verb = "hangs up"
	Closed   Verb = "is closed"
	Silent   Verb = "hears nothing"
	Orders   Verb = "orders" // the operator
)

// Step is one thing that happens.
type Step struct {
	Line       int // in the file, from 1
	Who        string
	Verb       Verb
	Text       string
	Payload    string // of Sends and Gets
	HasPayload bool
}

// Parse reads a transcript.
func Parse(text string) (Transcript, error) {
	var t Transcript
	for i, line := range strings.Split(text, "\n") {
		if err := t.line(i+1, strings.TrimSuffix(line, "\r")); err != nil {
			return Transcript{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return t, nil
}

func (t *Transcript) line(number int, line string) error {
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	who, rest, _ := strings.Cut(line, " ")
	switch who {
	case "config":
		return t.config(rest)
	case "time":
		return t.time(rest)
	case "lists":
		var err error
		t.Lists, err = strconv.Atoi(rest)
		return err
	case "account":
		return t.account(rest)
	case "elsewhere":
		return t.elsewhere(rest)
	case "operator":
		t.Steps = append(t.Steps, Step{Line: number, Who: who, Verb: Orders, Text: rest})
		return nil
	}
	return t.step(Step{Line: number, Who: who}, rest)
}

func (t *Transcript) account(text string) error {
	words := strings.SplitN(text, " ", 3)
	if len(words) != 3 {
		return fmt.Errorf("an account needs a handle, a password and a name: %q", text)
	}
	a := Account{words[0], words[1], words[2]}
	if a.Password == "-" {
		a.Password = ""
	}
	t.Accounts = append(t.Accounts, a)
	return nil
}

func (t *Transcript) time(text string) error {
	name, value, _ := strings.Cut(text, " ")
	d, err := time.ParseDuration(value)
	if err != nil {
		return err
	}
	if t.Times == nil {
		t.Times = make(map[string]time.Duration)
	}
	t.Times[name] = d
	return nil
}

func (t *Transcript) elsewhere(text string) error {
	handle, address, ok := strings.Cut(text, " ")
	if !ok {
		return fmt.Errorf("an account elsewhere needs a handle and an address: %q", text)
	}
	if t.Elsewhere == nil {
		t.Elsewhere = make(map[string]string)
	}
	t.Elsewhere[handle] = strings.TrimPrefix(address, "-")
	return nil
}

// config takes a line of TOML: "section.key = value" or "key = value".
func (t *Transcript) config(setting string) error {
	if !strings.Contains(setting, " = ") {
		return fmt.Errorf("not a setting: %q", setting)
	}
	t.Config += setting + "\n"
	return nil
}

func (t *Transcript) step(s Step, rest string) error {
	switch {
	case strings.HasPrefix(rest, "|"):
		return t.payload(s, rest[1:])
	case strings.HasPrefix(rest, "signs in with "):
		return t.signIn(s, rest)
	case rest == string(HangsUp), rest == string(Closed), rest == string(Silent):
		s.Verb = Verb(rest)
	default:
		verb, text, _ := strings.Cut(rest, " ")
		s.Verb, s.Text = Verb(verb), text
		switch s.Verb {
		case Dials, Sends, Gets:
		case SendsRaw:
			raw, err := strconv.Unquote(`"` + text + `"`)
			if err != nil {
				return fmt.Errorf("not octets as Go writes them: %q", text)
			}
			s.Text = raw
		default:
			return fmt.Errorf("nothing is known that is written %q", rest)
		}
	}
	t.Steps = append(t.Steps, s)
	return nil
}

// payload adds a line to the payload of the step before.
func (t *Transcript) payload(s Step, text string) error {
	if len(t.Steps) == 0 || t.Steps[len(t.Steps)-1].Who != s.Who {
		return fmt.Errorf("a payload belongs behind a line of %s", s.Who)
	}
	last := &t.Steps[len(t.Steps)-1]
	last.HasPayload = true
	end := "\r\n"
	if bare, ok := strings.CutPrefix(text, "."); ok {
		text, end = bare, ""
	}
	last.Payload += strings.TrimPrefix(text, " ") + end
	return nil
}
