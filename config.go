package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"lotse/bot/chat"
	"lotse/bot/matrix"
	"lotse/bot/telegram"
)

// configFile is read from the working directory, if it is there.
const configFile = "lotse.toml"

// config holds every setting, checked. How each came about is in effective.
type config struct {
	Data        string
	KeyFile     string
	Journal     string
	Content     string // "" is none
	Links       bool   // whether links are looked at
	Listen      string // "" is off
	Metrics     string // "" is off
	DeskLang    string
	DeskUndo    time.Duration
	DeskRelease time.Duration
	Log         slog.Level

	PublicURL string         // without a slash at its end; "" is unknown
	Desks     []chat.Address // at most one on each network
	Telegram  struct {
		Token   string // "" is off
		API     string
		Webhook bool
		Rate    int // 0 is unpaced
	}
	Matrix struct {
		Homeserver                         string // "" is off
		User, Password, Token, RecoveryKey string
		Servers                            []string // none are all
	}
	// Who is responsible, for the privacy notice (GDPR Art. 13).
	Controller, Contact, DPO, Hoster, Organisations string
	Test                                            bool // it is all only a trial

	effective []effective
}

// An effective setting is one as it counts, for lotse config.
type effective struct {
	setting
	value string
	from  origin
}

// A setting is one row of the table below, which alone says what can be set: it
// is the environment variable LOTSE_NAME and the key name in lotse.toml.
type setting struct {
	name    string
	normal  string // what counts when nothing is given; may begin with $LOTSE_DATA
	meaning string
	allowed string
	take    func(c *config, value string) bool // false: not allowed
	secret  bool                               // never shown
}

// settings are all there are. A value that others begin with stands before them.
func settings(languages []string) []setting {
	return []setting{
		{"DATA", "./data", "folder of the data file and of the control socket", "a path",
			func(c *config, v string) bool { c.Data = v; return true }, false},
		{"KEY_FILE", "$LOTSE_DATA/master.key", "file with the master key, which only its owner can read", "a path",
			func(c *config, v string) bool { c.KeyFile = v; return true }, false},
		{"JOURNAL", "$LOTSE_DATA/erasures.log", "journal of erasures, best on another disk", "a path",
			func(c *config, v string) bool { c.Journal = v; return true }, false},
		{"CONTENT", "", "folder whose files take the place of texts, pages and lists that are built in", "a path",
			func(c *config, v string) bool { c.Content = v; return true }, false},
		{"LINKS", "on", "whether addresses that pages link to are looked at once a week", "on or off",
			func(c *config, v string) bool { c.Links = v == "on"; return v == "on" || v == "off" }, false},
		{"LISTEN", "127.0.0.1:8080", "address that the web page and /healthz are served on", "host:port with a port from 0 (any free one) to 65535, or off",
			func(c *config, v string) bool { return takeListen(&c.Listen, v) }, false},
		{"METRICS", "127.0.0.1:9090", "address that /metrics is served on, for Prometheus; when nobody chose it and it is taken, there are none", "host:port with a port from 0 (any free one) to 65535, or off",
			func(c *config, v string) bool { return takeListen(&c.Metrics, v) }, false},
		{"DESK_LANG", "de", "language of the coordinators' room", "one of " + strings.Join(languages, " "),
			func(c *config, v string) bool { c.DeskLang = v; return slices.Contains(languages, v) }, false},
		{"DESK_UNDO", "20s", "how long sending an answer can be taken back; 0 is not at all", "0 to 10m, like 20s or 1m30s",
			func(c *config, v string) bool {
				d, err := time.ParseDuration(v)
				c.DeskUndo = d
				return err == nil && d >= 0 && d <= 10*time.Minute
			}, false},
		{"DESK_RELEASE", "30m", "after how long without a sign of its owner a case that waits for an answer is free for others; 0 is never", "0 to 72h, like 30m or 4h",
			func(c *config, v string) bool {
				d, err := time.ParseDuration(v)
				c.DeskRelease = d
				return err == nil && d >= 0 && d <= 72*time.Hour
			}, false},
		{"LOG", "info", "least important lines of the log", "debug, info, warn or error",
			func(c *config, v string) bool {
				return slices.Contains([]string{"debug", "info", "warn", "error"}, v) && c.Log.UnmarshalText([]byte(v)) == nil
			}, false},
		{"PUBLIC_URL", "", "how the outside reaches LOTSE_LISTEN", webAddress,
			func(c *config, v string) bool {
				c.PublicURL = strings.TrimRight(v, "/")
				return v == "" || isWebAddress(v)
			}, false},
		{"DESKS", "", "the coordinators' room, or their two rooms on two networks, separated by a space", "telegram:CHAT, where CHAT is the chat ID of a group, a negative number, or matrix:ROOM, where ROOM is an ID like !abc:matrix.example or an alias like #lotse:matrix.example",
			func(c *config, v string) bool { return takeDesks(c, v) }, false},
		{"TELEGRAM_TOKEN", "", "turns Telegram on", "a token like 123456:ABC… from @BotFather",
			func(c *config, v string) bool { c.Telegram.Token = v; return v == "" || isToken(v) }, true},
		{"TELEGRAM_API", telegram.PublicAPI, "Bot API server", webAddress,
			func(c *config, v string) bool { c.Telegram.API = v; return isWebAddress(v) }, false},
		{"TELEGRAM_WEBHOOK", "off", "whether Telegram delivers to LOTSE_PUBLIC_URL; else Lotse asks", "on or off",
			func(c *config, v string) bool { c.Telegram.Webhook = v == "on"; return v == "on" || v == "off" }, false},
		{"TELEGRAM_RATE", "30", "messages a second overall; 0 is unpaced, for servers of one's own", "0 to 1000",
			func(c *config, v string) bool {
				n, err := strconv.ParseUint(v, 10, 16)
				c.Telegram.Rate = int(n)
				return err == nil && n <= 1000
			}, false},
		{"MATRIX_HOMESERVER", "", "turns Matrix on", webAddress,
			func(c *config, v string) bool {
				c.Matrix.Homeserver = strings.TrimRight(v, "/")
				return v == "" || isWebAddress(v)
			}, false},
		{"MATRIX_USER", "", "the bot's account on Matrix; the session is kept after the first login", "an ID like @lotse:matrix.example, or its first part",
			func(c *config, v string) bool { c.Matrix.User = v; return !strings.ContainsAny(v, " \t\n") }, false},
		{"MATRIX_PASSWORD", "", "its password", anyText,
			func(c *config, v string) bool { c.Matrix.Password = v; return true }, true},
		{"MATRIX_TOKEN", "", "instead: the access token of a device that nobody else uses", anyText,
			func(c *config, v string) bool { c.Matrix.Token = v; return true }, true},
		{"MATRIX_RECOVERY_KEY", "", "unlocks the account's keys on a new machine; else that of $LOTSE_DATA/matrix-recovery.key", "a recovery key like EsTj 3yST …",
			func(c *config, v string) bool { c.Matrix.RecoveryKey = v; return true }, true},
		{"MATRIX_SERVERS", "", "whose people may write to the bot; nothing is everybody's", "names of servers like matrix.example, separated by spaces",
			func(c *config, v string) bool {
				c.Matrix.Servers = strings.Fields(v)
				return !strings.ContainsAny(v, "@/,")
			}, false},
		{"CONTROLLER", "", "who is responsible for the data: name and address", anyText,
			func(c *config, v string) bool { c.Controller = v; return true }, false},
		{"CONTACT", "", "how to reach them: e-mail or telephone", anyText,
			func(c *config, v string) bool { c.Contact = v; return true }, false},
		{"DPO", "", "data protection officer, with a way to reach them", anyText,
			func(c *config, v string) bool { c.DPO = v; return true }, false},
		{"HOSTER", "", "whose computer Lotse runs on", anyText,
			func(c *config, v string) bool { c.Hoster = v; return true }, false},
		{"ORGANISATIONS", "", "whose people read in the coordinators' room", anyText,
			func(c *config, v string) bool { c.Organisations = v; return true }, false},
		{"TEST", "0", "1 while it is only tried out: then nobody need be responsible", "0 or 1",
			func(c *config, v string) bool { c.Test = v == "1"; return v == "0" || v == "1" }, false},
	}
}

const (
	webAddress = "an address like https://lotse.example"
	anyText    = "any text"
)

func isWebAddress(v string) bool {
	u, err := url.Parse(v)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func isToken(v string) bool {
	_, err := telegram.New(telegram.Options{Token: v})
	return err == nil
}

// takeDesks reads one room, or two on different networks.
func takeDesks(c *config, v string) bool {
	c.Desks = nil
	for word := range strings.FieldsSeq(v) {
		platform, room, _ := strings.Cut(word, ":")
		if len(c.desksOn(platform)) > 0 || !isDesk(platform, room) {
			return false
		}
		c.Desks = append(c.Desks, chat.Address{Platform: platform, Room: room})
	}
	return true
}

func isDesk(platform, room string) bool {
	switch platform {
	case telegram.Platform:
		id, err := strconv.ParseInt(room, 10, 64)
		return err == nil && id < 0
	case matrix.Platform:
		return matrix.IsRoom(room)
	}
	return false
}

// missing are the settings that somebody who runs it for others has to make and
// has not.
func (c config) missing() []string {
	var names []string
	for _, name := range []string{"CONTROLLER", "CONTACT", "DPO", "HOSTER", "ORGANISATIONS"} {
		if c.isNormal(name) {
			names = append(names, envPrefix+name)
		}
	}
	return names
}

func takeListen(to *string, v string) bool {
	if v == "off" {
		*to = ""
		return true
	}
	*to = v
	_, port, err := net.SplitHostPort(v)
	n, bad := strconv.ParseUint(port, 10, 16)
	return err == nil && bad == nil && n <= 65535
}

// An origin says where a value was given; "" is nowhere: it is the normal one.
type origin string

// A given value, before it is checked.
type given struct {
	value  string
	from   origin
	secret bool // it came from a file of its own, as secrets do: it is never shown
}

// loadConfig takes each setting from flags (by name; for what a command itself
// decides), else from the environment, else from lotse.toml, else its normal
// value. An empty variable counts as none. Its error says everything that is
// wrong, one line each: name, place, and what is allowed.
func loadConfig(flags map[string]given, environ []string, languages []string) (config, error) {
	all := settings(languages)
	env, errEnv := fromEnv(environ, all)
	file, errFile := fromTOML(configFile, all)
	errs := []error{errEnv, errFile}
	var c config
	for _, s := range all {
		g := given{value: s.normal}
		if rest, ok := strings.CutPrefix(s.normal, "$LOTSE_DATA/"); ok {
			g.value = filepath.Join(c.Data, rest)
		}
		for _, source := range []map[string]given{file, env, flags} {
			if v, ok := source[s.name]; ok {
				g = v
			}
		}
		shown := g.value
		if g.secret || s.secret && g.value != "" {
			shown = "(hidden)"
		}
		if !s.take(&c, g.value) {
			errs = append(errs, fmt.Errorf("LOTSE_%s, %s: %q is not allowed; allowed is %s", s.name, g.from, shown, s.allowed))
		}
		c.effective = append(c.effective, effective{s, shown, g.from})
	}
	return c, errors.Join(errs...)
}

// isNormal reports whether nobody has given the setting a value.
func (c config) isNormal(name string) bool {
	return slices.ContainsFunc(c.effective, func(e effective) bool { return e.name == name && e.from == "" })
}

const envPrefix = "LOTSE_"

func fromEnv(environ []string, all []setting) (map[string]given, error) {
	got := map[string]given{}
	var errs []error
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if key, ours := strings.CutPrefix(name, envPrefix); ours && value != "" {
			errs = append(errs, put(got, all, key, value, origin("environment variable "+name)))
		}
	}
	return got, errors.Join(errs...)
}

// fromTOML reads a flat file of names in lower case, without LOTSE_.
func fromTOML(path string, all []setting) (map[string]given, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	if _, err := toml.Decode(string(raw), &values); err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("%s:%d: %s", path, at.Position.Line, at.Message)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	got := map[string]given{}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		place := origin(fmt.Sprintf("%s:%d, %s", path, lineOf(string(raw), key), key))
		name := strings.ToUpper(key)
		if key == name {
			name = "" // only lower case is known here
		}
		switch v := values[key].(type) {
		case string:
			err = put(got, all, name, v, place)
		case int64:
			err = put(got, all, name, strconv.FormatInt(v, 10), place)
		default:
			if err = put(got, all, name, "", place); err == nil {
				err = fmt.Errorf("%s: it must be a text in quotes or a whole number", place)
			}
		}
		errs = append(errs, err)
	}
	return got, errors.Join(errs...)
}

// lineOf is the line of a top-level key; the library does not tell.
func lineOf(text, key string) int {
	key = regexp.QuoteMeta(key)
	at := regexp.MustCompile(`(?m)^\s*\[*\s*["']?` + key + `["']?\s*[=.\]]`).FindStringIndex(text)
	if at == nil {
		return 1 // only a key written with escapes
	}
	found := text[at[0]:at[1]]
	start := at[0] + len(found) - len(strings.TrimLeft(found, " \t\r\n"))
	return 1 + strings.Count(text[:start], "\n")
}

// put notes a value under its setting. NAME_FILE stands for the content of the
// file that it names.
func put(got map[string]given, all []setting, key, value string, from origin) error {
	known := func(name string) bool {
		return slices.ContainsFunc(all, func(s setting) bool { return s.name == name })
	}
	g := given{value: value, from: from}
	if name, isFile := strings.CutSuffix(key, "_FILE"); isFile && !known(key) && known(name) {
		raw, err := os.ReadFile(value)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		key, g = name, given{strings.TrimRight(string(raw), "\r\n"), from, true}
	}
	if !known(key) {
		var names []string
		for _, s := range all {
			names = append(names, envPrefix+s.name)
		}
		return fmt.Errorf("%s: there is no such setting; there are %s, each also with _FILE, and in %s in lower case without %s",
			from, strings.Join(names, " "), configFile, envPrefix)
	}
	if other, twice := got[key]; twice {
		return fmt.Errorf("%s%s is given twice: by %s and by %s", envPrefix, key, other.from, from)
	}
	got[key] = g
	return nil
}
