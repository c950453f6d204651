package main

import "fmt"

type configCommands struct {
	Check configCheck `cmd:"" help:"Tell what is wrong with the configuration, without starting anything."`
	Print configPrint `cmd:"" help:"Print the whole configuration as a commented file."`
}

type configCheck struct{}

// Help is shown below the summary.
func (configCheck) Help() string {
	return `Reads the file and the environment exactly as "papilio serve" does. Once the file is valid TOML,
every mistake is named, with its line and the nearest key. The exit code is 0 if there is none, and 2 otherwise.

Examples:

	papilio config check --config papilio.toml`
}

// Run checks the configuration.
func (configCheck) Run(p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	from := "the defaults and the environment"
	if file := p.configFile(); file != "" {
		from = file + " and the environment"
	}
	fmt.Fprintf(p.stdout, "no mistakes in %s; this process would run %s\n", from, words(c.Roles))
	return nil
}

type configPrint struct{}

// Help is shown below the summary.
func (configPrint) Help() string {
	return `Prints what is in effect: the defaults, the file, the environment and the flags, put together. Every key
is explained. Passwords inside URLs are masked, so the output can be shown to others; without any, it is a
good file to start from.

Examples:

	papilio config print > papilio.toml
	PAPILIO_DISPATCH_PORT=2863 papilio config print`
}

// Run prints the configuration.
func (configPrint) Run(p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	return c.WriteTOML(p.stdout)
}
