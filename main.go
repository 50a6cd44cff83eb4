// Lotse is the chat bot of a neighbourhood network: people ask in their own
// language, coordinators answer from a group chat. This package wires it.
//
// main.go says which commands there are, config.go which settings; a command
// with more to it has a file of its own.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"lotse/bot"
	"lotse/flows"
)

func main() {
	bot.Tune()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		time.AfterFunc(lastResort, func() { os.Exit(exitFailed) })
	})
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// lastResort is when a process that was told to stop and does not is ended. The
// store makes that harmless.
const lastResort = 4500 * time.Millisecond

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// run does what the arguments say, until ctx ends, and returns the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := program{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	err := p.do(ctx, args)
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "lotse:", err)
	return exitFailed
}

// A usageError is a command line that means nothing.
type usageError string

func (e usageError) Error() string { return string(e) }

// A program is one run of this executable.
type program struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// A command is one thing the program can do.
type command struct {
	name, args, about string
	do                func(*program, context.Context, []string) error
}

func commands() []command {
	return []command{
		{"run", "", "serve the networks that are configured", (*program).runNetworks},
		{"demo", "[-data DIR]", "show the product in a web page, without any network", (*program).demo},
		{"chat", "[-lang TAG] [-repro]", "talk to it in this terminal; -repro prints a transcript at the end", (*program).chat},
		{"doctor", "", "say what is set up wrongly, and what to do about it; exit 1 if it cannot work", (*program).doctor},
		{"config", "", "print every setting, what it means and where its value comes from", (*program).printConfig},
		{"lint", "", "look for mistakes in flows, texts and lists", (*program).lint},
		{"graph", "", "draw all flows, for Mermaid", (*program).graph},
		{"dump", "[PREFIX]", "list the rows of the data file; what is sealed stays sealed", (*program).dump},
		{"version", "", "print the version", (*program).version},
		{"reload", "", "have the program that runs on LOTSE_DATA read the folder LOTSE_CONTENT again; exit 1 if something in it is wrong", (*program).reload},
		{"healthy", "", "exit 0 if the program that runs on LOTSE_DATA does its work, else 1", (*program).healthy},
	}
}

// do finds the command. Without one the program serves the network that is
// configured, or shows itself.
func (p *program) do(ctx context.Context, args []string) error {
	if len(args) == 0 {
		c, _, err := p.settings(nil)
		if err != nil {
			return err
		}
		if c.Telegram.Token != "" || c.Matrix.Homeserver != "" {
			return p.runNetworks(ctx, nil)
		}
		return p.demo(ctx, nil)
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return p.help()
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.do(p, ctx, args[1:])
		}
	}
	return usageError(fmt.Sprintf("lotse: there is no command %q; lotse help lists those there are", args[0]))
}

func (p *program) help() error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "lotse alone is lotse run when a network is configured, else lotse demo.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "lotse %s\t%s\n", strings.TrimRight(c.name+" "+c.args, " "), c.about)
	}
	return w.Flush()
}

// flags reads a command's flags and at most max arguments.
func (p *program) flags(set *flag.FlagSet, args []string, max int) error {
	var said strings.Builder
	set.SetOutput(&said)
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(p.stdout, said.String())
		return err
	} else if err != nil {
		return usageError(strings.TrimSpace(said.String()))
	}
	if set.NArg() > max {
		return usageError(fmt.Sprintf("lotse %s: what is %q for? lotse help says what it takes", set.Name(), set.Arg(max)))
	}
	return nil
}

// plain is the start of a command that takes at most max arguments and no flags.
func (p *program) plain(name string, args []string, max int) error {
	return p.flags(flag.NewFlagSet(name, flag.ContinueOnError), args, max)
}

// given loads the configuration, with the content that is built in: its languages are
// among what is allowed.
func (p *program) given(flags map[string]given) (config, *bot.Content, error) {
	content, err := bot.ReadContent(nil)
	if err != nil {
		return config{}, nil, err
	}
	var languages []string
	for _, l := range content.Words().Languages() {
		languages = append(languages, l.Tag)
	}
	c, err := loadConfig(flags, p.environ, languages)
	return c, content, err
}

// settings loads the configuration, and the content that it asks for.
func (p *program) settings(flags map[string]given) (config, *bot.Content, error) {
	c, content, err := p.given(flags)
	if err == nil && c.Content != "" {
		if content, err = c.readContent(); err != nil {
			err = fmt.Errorf("with %sCONTENT: %w", envPrefix, err)
		}
	}
	return c, content, err
}

// log is for operators: JSON where a program reads it, plain where a person does.
// Nothing about people is ever in it.
func (p *program) log(c config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Log}
	if isTerminal(p.stderr) {
		return slog.New(slog.NewTextHandler(p.stderr, options))
	}
	return slog.New(slog.NewJSONHandler(p.stderr, options))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *program) printConfig(_ context.Context, args []string) error {
	if err := p.plain("config", args, 0); err != nil {
		return err
	}
	c, _, err := p.settings(nil)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, e := range c.effective {
		from := e.from
		if from == "" {
			from = "normal value"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", envPrefix, e.name, cmp.Or(e.value, "–"), from, e.meaning)
	}
	return w.Flush()
}

func (p *program) lint(_ context.Context, args []string) error {
	if err := p.plain("lint", args, 0); err != nil {
		return err
	}
	_, content, err := p.settings(nil)
	if err != nil {
		return err
	}
	problems := content.Lint()
	for _, problem := range problems {
		fmt.Fprintln(p.stdout, problem)
	}
	if n := len(problems); n > 0 {
		return fmt.Errorf("%d problems", n)
	}
	return nil
}

func (p *program) graph(_ context.Context, args []string) error {
	if err := p.plain("graph", args, 0); err != nil {
		return err
	}
	_, err := io.WriteString(p.stdout, flows.Graph(flows.Flows()))
	return err
}

func (p *program) version(_ context.Context, args []string) error {
	if err := p.plain("version", args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, "lotse", version())
	return err
}

// version is what the toolchain wrote into the executable.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	return v + " " + info.GoVersion
}
