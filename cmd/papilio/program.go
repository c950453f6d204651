package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/control"
	"github.com/papilio-im/papilio/internal/server"
	"github.com/papilio-im/papilio/internal/store"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// helpWidth keeps help readable on a wide terminal.
const helpWidth = 96

// program is one run of the command line, with all of the world that it may
// touch.
type program struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	invoked        string // what somebody has typed to run it, usualName if empty

	hash account.HashParams // cost of password hashes, the default if zero
	pace time.Duration      // between lines of progress, the default if zero
	cli  commands
}

// commands is the command line. Help is in the tags; longer help and examples
// are the Help methods of the commands.
type commands struct {
	ConfigFile string `name:"config" placeholder:"FILE" help:"Configuration file (or PAPILIO_CONFIG)."`
	Data       string `placeholder:"DIR" help:"Data folder (or PAPILIO_DATA, or data in the file)."`

	Serve     serveCommand     `cmd:"" help:"Run the service."`
	User      userCommands     `cmd:"" help:"Add, list, change, ban and remove accounts."`
	Session   sessionCommands  `cmd:"" help:"List, close, reset, refer and alert those who are signed in."`
	Node      nodeCommands     `cmd:"" help:"List, drain and undrain the nodes of a cluster."`
	Shard     shardCommands    `cmd:"" help:"List which node serves which accounts."`
	Where     whereCommand     `cmd:"" help:"Tell where somebody is signed in."`
	Store     storeCommands    `cmd:"" help:"Back up, check and copy the database."`
	Config    configCommands   `cmd:"" help:"Check and print the configuration."`
	Authority authorityCommand `cmd:"" help:"Show the certificate authority that clients have to install."`
	Demo      demoCommand      `cmd:"" help:"Watch six old clients sign in and talk, on a service of its own."`
	Bench     benchCommands    `cmd:"" help:"Measure a service with a load of many clients."`
	Protocol  protocolCommand  `cmd:"" help:"Show which commands each version of the protocol has."`
	Health    healthCommand    `cmd:"" help:"Ask whether the service on this machine takes clients."`
	Version   versionCommand   `cmd:"" help:"Show the version of this program."`
}

// Help is the end of the top level's help.
func (*commands) Help() string {
	return `Every setting of the configuration has an environment variable, such as
PAPILIO_NOTIFICATION_PORT; "papilio config print" lists them all.

Examples:

	papilio user add anna@example.com --legacy-same
	papilio serve

Exit codes: 0 done, 1 failed, 2 wrong command line or configuration, or a port is taken.`
}

func (p *program) run(ctx context.Context, args []string) int {
	out, end := p.stdout, exitDone
	switch {
	case len(args) == 0: // help is what is wanted, but it is not what was to be done
		args, out, end = []string{helpFlag}, p.stderr, exitUsage
	case args[0] == "help":
		args = append(slices.Clone(args[1:]), helpFlag)
	}
	asked := false // for help, which has been printed
	parser, err := kong.New(&p.cli,
		kong.Name(usualName),
		kong.Description("A self-hosted MSN Messenger service."),
		kong.Writers(out, p.stderr),
		kong.Exit(func(int) { asked = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, NoExpandSubcommands: true, WrapUpperBound: helpWidth}),
		kong.Bind(p),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return p.fail(err)
	}
	selected, err := parser.Parse(args)
	switch {
	case asked:
		return end
	case err != nil:
		return p.fail(p.misused(err))
	}
	return p.fail(selected.Run())
}

// helpFlag asks for help on what stands before it.
const helpFlag = "--help"

// misused says where a mistake in the command line is explained.
func (p *program) misused(err error) error {
	topic := ""
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Command() != "" {
		if node := parse.Context.Selected(); node != nil {
			topic = strings.TrimPrefix(node.FullPath(), usualName) + " "
		}
	}
	return usage("%s; see %s", nearestOnly(err.Error()), p.command(strings.TrimSpace(topic+helpFlag)))
}

// severalMeant is how several suggestions are made for a word.
var severalMeant = regexp.MustCompile(`(\S+), did you mean one of "(.+)"\?$`)

// nearestOnly leaves the best of several suggestions: the one that begins and
// ends most like what was written.
func nearestOnly(says string) string {
	m := severalMeant.FindStringSubmatch(says)
	if m == nil {
		return says
	}
	best := slices.MaxFunc(strings.Split(m[2], `", "`), func(a, b string) int {
		return alike(m[1], a) - alike(m[1], b)
	})
	return severalMeant.ReplaceAllLiteralString(says, fmt.Sprintf("%s, did you mean %q?", m[1], best))
}

// alike counts the letters with which two words begin and end alike.
func alike(a, b string) int {
	begin, end := 0, 0
	for begin < min(len(a), len(b)) && a[begin] == b[begin] {
		begin++
	}
	for end < min(len(a), len(b))-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return begin + end
}

// usageError is an error that the caller's command line or configuration is to
// blame for.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// fail prints what went wrong, a line for each mistake, and gives the exit
// code.
func (p *program) fail(err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, syscall.EPIPE) {
		return exitFailed // whoever read the output has seen enough
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(p.stderr, "papilio: %s\n", strings.TrimSpace(line))
	}
	var wrong usageError
	var port *server.PortError
	if errors.As(err, &wrong) || errors.As(err, &port) || errors.Is(err, control.ErrRunning) || errors.Is(err, store.ErrURL) {
		return exitUsage
	}
	return exitFailed
}

// configVariable names the configuration file, where no flag does.
const configVariable = "PAPILIO_CONFIG"

// configFile is the configuration file that was asked for, if one was.
func (p *program) configFile() string {
	if p.cli.ConfigFile != "" {
		return p.cli.ConfigFile
	}
	file := ""
	for _, entry := range p.environ {
		if value, ok := strings.CutPrefix(entry, configVariable+"="); ok {
			file = value
		}
	}
	return file
}

// config loads the configuration that the command line and the environment
// ask for.
func (p *program) config() (config.Config, error) {
	src := config.Source{File: p.configFile()}
	for _, entry := range p.environ {
		if !strings.HasPrefix(entry, configVariable+"=") { // it is none of the settings
			src.Environ = append(src.Environ, entry)
		}
	}
	if p.cli.Data != "" {
		src.Flags = map[string]string{"data": p.cli.Data}
	}
	c, err := config.Load(src)
	if err != nil {
		return c, usageError{err}
	}
	return c, nil
}
