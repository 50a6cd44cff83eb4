package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"lotse/bot/chat"
	"lotse/bot/split"
)

// Platform is the name of this network in addresses.
const Platform = "telegram"

// PublicAPI is Telegram's own Bot API server.
const PublicAPI = "https://api.telegram.org"

// Limits of the Bot API, in UTF-16 units after parsing (sendMessage, sendPhoto).
const (
	MaxText    = 4096
	MaxCaption = 1024
)

// general is the thread ID of a forum's topic General, which cannot be named in
// requests.
const general = 1

// Options say who the bot is.
type Options struct {
	Token string // from @BotFather
	API   string // base URL of a Bot API server; PublicAPI when empty
	// Desks are the chat IDs of the coordinators' groups. In any other group the
	// bot does not stay.
	Desks []string
	// Webhook lets the server deliver updates to Handler; without it, Run asks.
	Webhook *WebhookOptions
	// SetAside keeps an update that could not be read, or what was used of one that made
	// the bot panic; nil once that is durable. It may hold personal data, perhaps of
	// somebody who has not consented. It may be called concurrently. Without it such
	// updates are counted and logged only.
	SetAside func(ctx context.Context, id int64, raw []byte) error
	// Files opens a file that lies on another network, to send it here. Without it
	// such a file cannot be sent.
	Files func(ctx context.Context, f chat.File) (io.ReadCloser, error)
	Log   *slog.Logger
	HTTP  *http.Client // for tests
}

// Telegram is the network. It is made by New.
type Telegram struct {
	*client
	id       int64
	desks    []int64
	moves    *moves
	reader   reader
	webhook  *webhook // nil when Run asks
	setAside func(ctx context.Context, id int64, raw []byte) error
	files    func(ctx context.Context, f chat.File) (io.ReadCloser, error)
	log      *slog.Logger
	trouble  trouble

	aside   atomic.Int64
	lookNow chan struct{} // capacity 1: the desks are to be looked at

	name atomic.Value // string: of the bot's user, once asked
}

// atOnce is how many requests of our own are under way at the same time: as a batch
// can hold presses.
const atOnce = pollLimit

var tokenShape = regexp.MustCompile(`^([0-9]{1,19}):[A-Za-z0-9_-]{10,}$`)

// New checks the options. It makes no request: Run does, until it succeeds.
func New(o Options) (*Telegram, error) {
	shape := tokenShape.FindStringSubmatch(o.Token)
	if shape == nil {
		return nil, errors.New("telegram: the token does not have the form 123456:ABC… that @BotFather gives")
	}
	id, err := strconv.ParseInt(shape[1], 10, 64)
	if err != nil {
		return nil, errors.New("telegram: the token does not begin with the number of a bot")
	}
	if o.API == "" {
		o.API = PublicAPI
	}
	if u, err := url.Parse(o.API); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || strings.Contains(o.API, "%") {
		return nil, errors.New("telegram: the address of the Bot API server must look like " + PublicAPI)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &Telegram{
		client: newClient(o.Token, o.API, o.HTTP), id: id,
		setAside: o.SetAside, files: o.Files, log: o.Log, lookNow: make(chan struct{}, 1),
	}
	t.trouble.log = o.Log
	for _, d := range o.Desks {
		id, err := strconv.ParseInt(d, 10, 64)
		if err != nil || id >= 0 {
			return nil, fmt.Errorf("telegram: %q is not the chat ID of a group, which is a negative number", d)
		}
		t.desks = append(t.desks, id)
	}
	t.moves = newMoves(t.desks)
	t.reader = reader{isDesk: t.isDesk, moves: t.moves, bot: t.id}
	if o.Webhook != nil {
		if u, err := url.Parse(o.Webhook.URL); err != nil || u.Host == "" {
			return nil, errors.New("telegram: the webhook needs an address")
		}
		t.webhook = newWebhook(o.Webhook.URL)
		t.secrets = append(t.secrets, t.webhook.secret)
	}
	return t, nil
}

// Name is "telegram".
func (t *Telegram) Name() string { return Platform }

// Parts splits m at MaxText, or MaxCaption under a file; files that can be are an
// album, which has no buttons. It is pure.
func (t *Telegram) Parts(m chat.Message) []chat.Message {
	return split.Albums(m, MaxText, MaxCaption, albumOf)
}

// SetAside counts the updates that could not be read, since the start.
func (t *Telegram) SetAside() int64 { return t.aside.Load() }

// username is the bot's, which commands in groups may name.
func (t *Telegram) username(ctx context.Context) (string, error) {
	if name, ok := t.name.Load().(string); ok {
		return name, nil
	}
	var me struct {
		Username string `json:"username"`
	}
	if err := t.call(ctx, "getMe", nil, &me); err != nil {
		return "", err
	}
	t.name.Store(me.Username)
	return me.Username, nil
}

// Link opens a chat with the bot (core.telegram.org/api/links#bot-links), "" until
// Telegram has said what it is called.
func (t *Telegram) Link(start string) string {
	name, _ := t.name.Load().(string)
	if name == "" {
		return ""
	}
	return "https://t.me/" + url.PathEscape(name) + "?start=" + url.QueryEscape(start)
}
