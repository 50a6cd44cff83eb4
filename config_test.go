package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var tags = []string{"de", "en", "ar", "uk"}

// put writes files into a new working directory.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (c config) of(name string) effective {
	return c.effective[slices.IndexFunc(c.effective, func(e effective) bool { return e.name == name })]
}

func TestNormalConfig(t *testing.T) {
	inFolder(t, nil)
	c, err := loadConfig(nil, []string{"PATH=/bin", "LOTSE_DATA=", "NOTLOTSE_X=1"}, tags)
	if err != nil {
		t.Fatal(err)
	}
	c2 := c
	c2.effective = nil
	want := config{Data: "./data", KeyFile: filepath.Join("data", "master.key"), Journal: filepath.Join("data", "erasures.log"),
		Links: true, Listen: "127.0.0.1:8080", Metrics: "127.0.0.1:9090", DeskLang: "de", DeskUndo: 20 * time.Second, DeskRelease: 30 * time.Minute, Log: slog.LevelInfo}
	want.Telegram.API, want.Telegram.Rate = "https://api.telegram.org", 30
	if fmt.Sprint(c2) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", c2, want)
	}
	for _, e := range c.effective {
		if !c.isNormal(e.name) || e.meaning == "" || e.allowed == "" {
			t.Errorf("%+v", e)
		}
	}
}

func TestWhoWins(t *testing.T) {
	inFolder(t, map[string]string{
		"lotse.toml": "# ours\ndata = \"from-file\"\ndesk_lang = \"en\"\ndesk_undo = 0\nlog_file = \"level\"\nlisten = \"off\"\n",
		"level":      "debug\n",
		"lang":       "uk\n",
	})
	flags := map[string]given{"DATA": {value: "from-flag", from: "-data"}}
	c, err := loadConfig(flags, []string{"LOTSE_DATA=from-variable", "LOTSE_DESK_LANG_FILE=lang", "LOTSE_JOURNAL=/else/where=x"}, tags)
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "from-flag" || c.KeyFile != filepath.Join("from-flag", "master.key") || c.Journal != "/else/where=x" ||
		c.DeskLang != "uk" || c.DeskUndo != 0 || c.Log != slog.LevelDebug || c.Listen != "" {
		t.Errorf("got %+v", c)
	}
	for name, want := range map[string][2]string{
		"DATA":      {"from-flag", "-data"},
		"KEY_FILE":  {filepath.Join("from-flag", "master.key"), ""},
		"LISTEN":    {"off", "lotse.toml:6, listen"},
		"DESK_LANG": {"(hidden)", "environment variable LOTSE_DESK_LANG_FILE"},
		"DESK_UNDO": {"0", "lotse.toml:4, desk_undo"},
		"LOG":       {"(hidden)", "lotse.toml:5, log_file"},
	} {
		if e := c.of(name); e.value != want[0] || string(e.from) != want[1] {
			t.Errorf("%s is %q from %q, want %q", name, e.value, e.from, want)
		}
	}
}

func TestBadConfig(t *testing.T) {
	for name, test := range map[string]struct {
		env   []string
		files map[string]string
		says  []string
	}{
		"unknown variable": {env: []string{"LOTSE_TELEGRAM=1"}, says: []string{"LOTSE_TELEGRAM:", "LOTSE_DATA"}},
		"bad listen":       {env: []string{"LOTSE_LISTEN=8080"}, says: []string{"LOTSE_LISTEN", `"8080"`, "host:port"}},
		"bad port":         {env: []string{"LOTSE_LISTEN=:65536"}, says: []string{"LOTSE_LISTEN", "65535"}},
		"bad language":     {env: []string{"LOTSE_DESK_LANG=fr"}, says: []string{"LOTSE_DESK_LANG", "de en ar uk"}},
		"bad time":         {env: []string{"LOTSE_DESK_UNDO=20"}, says: []string{"LOTSE_DESK_UNDO", "20s"}},
		"long time":        {env: []string{"LOTSE_DESK_UNDO=11m"}, says: []string{"LOTSE_DESK_UNDO", "10m"}},
		"bad level":        {env: []string{"LOTSE_LOG=loud"}, says: []string{"LOTSE_LOG", "debug, info, warn or error"}},
		"twice":            {env: []string{"LOTSE_LOG=info", "LOTSE_LOG_FILE=lotse.toml"}, files: map[string]string{"lotse.toml": ""}, says: []string{"LOTSE_LOG is given twice", "LOTSE_LOG_FILE"}},
		"no file":          {env: []string{"LOTSE_LOG_FILE=nowhere"}, says: []string{"LOTSE_LOG_FILE", "nowhere"}},
		"hidden":           {env: []string{"LOTSE_LOG_FILE=secret"}, files: map[string]string{"secret": "hunter2"}, says: []string{"LOTSE_LOG_FILE", "(hidden)"}},
		"unknown key":      {files: map[string]string{"lotse.toml": "data = \"x\"\n\n  desk = \"y\"\n"}, says: []string{"lotse.toml:3, desk:", "LOTSE_DESK_LANG"}},
		"unknown table":    {files: map[string]string{"lotse.toml": "\n[desk]\nlang = \"de\"\n"}, says: []string{"lotse.toml:2, desk:"}},
		"upper case":       {files: map[string]string{"lotse.toml": "DATA = \"x\""}, says: []string{"lotse.toml:1, DATA:", "lower case"}},
		"bad value":        {files: map[string]string{"lotse.toml": "# x\nlog = \"loud\""}, says: []string{"LOTSE_LOG", "lotse.toml:2, log", "allowed"}},
		"wrong type":       {files: map[string]string{"lotse.toml": "log = true"}, says: []string{"lotse.toml:1, log:", "quotes"}},
		"no TOML":          {files: map[string]string{"lotse.toml": "data = \"x\"\nlog = "}, says: []string{"lotse.toml:2:"}},
		"bad address":      {env: []string{"LOTSE_PUBLIC_URL=lotse.example"}, says: []string{"LOTSE_PUBLIC_URL", "https://"}},
		"bad server":       {env: []string{"LOTSE_TELEGRAM_API=127.0.0.1:8081"}, says: []string{"LOTSE_TELEGRAM_API", "https://"}},
		"bad token":        {env: []string{"LOTSE_TELEGRAM_TOKEN=hunter2"}, says: []string{"LOTSE_TELEGRAM_TOKEN", "(hidden)", "@BotFather"}},
		"bad webhook":      {env: []string{"LOTSE_TELEGRAM_WEBHOOK=yes"}, says: []string{"LOTSE_TELEGRAM_WEBHOOK", "on or off"}},
		"bad rate":         {env: []string{"LOTSE_TELEGRAM_RATE=-1"}, says: []string{"LOTSE_TELEGRAM_RATE", "0 to 1000"}},
		"two desks":        {env: []string{"LOTSE_DESKS=telegram:-1 telegram:-2"}, says: []string{"LOTSE_DESKS", "telegram:CHAT"}},
		"a person's desk":  {env: []string{"LOTSE_DESKS=telegram:4711"}, says: []string{"LOTSE_DESKS", "negative"}},
		"bad test":         {env: []string{"LOTSE_TEST=yes"}, says: []string{"LOTSE_TEST", "0 or 1"}},
		"several":          {env: []string{"LOTSE_LOG=loud", "LOTSE_X=1"}, says: []string{"LOTSE_LOG", "LOTSE_X"}},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, test.files)
			_, err := loadConfig(nil, test.env, tags)
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, s := range test.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("it does not say %q: %v", s, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it quotes a secret: %v", err)
			}
		})
	}
}

// TestSettingsAreDocumented looks for each setting in the README's table, which
// begins with names and normal values.
func TestSettingsAreDocumented(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings(tags) {
		normal := "–"
		if s.normal != "" {
			normal = "`" + s.normal + "`"
		}
		if row := fmt.Sprintf("| `LOTSE_%s` | %s", s.name, normal); !strings.Contains(string(readme), row) {
			t.Errorf("README.md has no row that begins with %s", row)
		}
	}
}
