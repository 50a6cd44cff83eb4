package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the transcripts that lotse chat prints")

// result is what a run left behind.
type result struct {
	code     int
	out, err string
}

func lotse(t *testing.T, stdin string, environ []string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, environ, strings.NewReader(stdin), &out, &err)
	return result{code, out.String(), err.String()}
}

func TestCommands(t *testing.T) {
	inFolder(t, nil)
	for _, test := range []struct {
		args []string
		code int
		out  string
		err  string
	}{
		{[]string{"run"}, 1, "", "lotse: no network is configured, so there is nobody to talk to; lotse demo shows the product without one\n"},
		{[]string{"serve"}, 2, "", `there is no command "serve"`},
		{[]string{"run", "now"}, 2, "", `what is "now" for`},
		{[]string{"dump", "a", "b"}, 2, "", `what is "b" for`},
		{[]string{"chat", "-loud"}, 2, "", "-loud"},
		{[]string{"chat", "-lang", "xx"}, 2, "", "no such language"},
		{[]string{"demo", "-h"}, 0, "-data", ""},
		{[]string{"version"}, 0, "lotse ", ""},
		{[]string{"graph"}, 0, "flowchart TD\n", ""},
		{[]string{"config"}, 0, "LOTSE_DESK_UNDO            20s ", ""},
		{[]string{"healthy"}, 1, "", "no Lotse is running on this data folder, ./data"},
		{[]string{"dump"}, 1, "", "there is no data file"},
	} {
		got := lotse(t, "", nil, test.args...)
		if got.code != test.code || !strings.Contains(got.out, test.out) || !strings.Contains(got.err, test.err) {
			t.Errorf("%v: %+v, want %+v", test.args, got, test)
		}
		if (got.err != "") != (test.code != 0) {
			t.Errorf("%v: exit code %d and %q", test.args, got.code, got.err)
		}
	}
	if _, err := os.Stat("data"); err == nil {
		t.Error("something made the data folder")
	}
}

func TestEveryCommandStopsAtABadSetting(t *testing.T) {
	inFolder(t, map[string]string{"lotse.toml": "log = \"loud\""})
	for _, name := range []string{"run", "demo", "chat", "config", "doctor", "dump", "healthy"} {
		if got := lotse(t, "", nil, name); got.code != 1 || !strings.Contains(got.err, "lotse.toml:1") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestHelpListsEveryCommand(t *testing.T) {
	for _, arg := range []string{"help", "-h", "--help"} {
		got := lotse(t, "", nil, arg)
		lines := strings.Split(strings.TrimSpace(got.out), "\n")
		if got.code != 0 || len(lines) != 2+len(commands()) {
			t.Errorf("%s: %+v", arg, got)
		}
	}
}

func TestTheShippedFlowsHaveNoMistakes(t *testing.T) {
	if got := lotse(t, "", nil, "lint"); got.code != 0 {
		t.Errorf("%+v", got)
	}
}

// TestChat plays what somebody types into a pipe. What -repro prints at the end
// is kept among the transcripts of bot, whose tests play it again.
func TestChat(t *testing.T) {
	for file, test := range map[string]struct{ lang, typed string }{
		"terminal": {"zxx", `/start
language please
!1
!1
!4
!3
!1
+ photo My landlord wants me to leave.
!1
desk: !1
desk: I think I know this one.
desk: re 1 Please come on Tuesday at 10.
desk: re 1 // called the tenants' association
desk: !1
desk: !1
desk: !1
wait 20s
re 12 Thank you!
desk: re 1 !3
`},
		"terminal-ar": {"ar", "/start\n!1\n2\nre 1 !9\n/quit\nnever read\n"},
	} {
		t.Run(file, func(t *testing.T) {
			got := lotse(t, test.typed, []string{"LOTSE_LOG=error"}, "chat", "-lang", test.lang, "-repro")
			if got.code != 0 || got.err != "" {
				t.Fatalf("%+v", got)
			}
			_, transcript, _ := strings.Cut(got.out, "\n# in the terminal")
			transcript = "# in the terminal" + transcript
			path := "bot/testdata/" + file + ".txt"
			if *update {
				if err := os.WriteFile(path, []byte(transcript), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if test.lang != "zxx" { // real words change: what was heard is for bot's tests to compare
				transcript, want = done(transcript), []byte(done(string(want)))
			}
			if string(want) != transcript {
				t.Errorf("%s differs; -update writes\n%s", path, transcript)
			}
		})
	}
}

// done is what is done in a transcript, without what is heard.
func done(transcript string) string {
	var b strings.Builder
	for line := range strings.Lines(transcript) {
		if !strings.HasPrefix(line, "\t") {
			b.WriteString(line)
		}
	}
	return b.String()
}
