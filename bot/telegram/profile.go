package telegram

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// A Profile is what people see of the bot before they talk to it, by the language
// of their client: two letters, "" for everybody else. The limits are the caller's
// to keep: 64, 120 and 512 characters (Bot API, setMyName and following).
type Profile struct {
	Name  map[string]string
	Short map[string]string // under the name, and in shared links
	About map[string]string // in the empty chat
	Menus []Menu
}

// A Menu is the list of commands for a scope and a language; for the same scope, a
// client takes its own language before "".
type Menu struct {
	Scope    Scope
	Lang     string
	Commands []MenuCommand // at most 100
}

// A MenuCommand is one line of a menu. Word is 1 to 32 of a-z, 0-9 and _; About is
// 1 to 256 characters.
type MenuCommand struct {
	Word  string `json:"command"`
	About string `json:"description"`
}

// A Scope says where a menu is seen.
type Scope string

// Scopes; AtDesk is each desk's room.
const (
	InPrivate Scope = "all_private_chats"
	AtDesk    Scope = "chat"
)

var twoLetters = regexp.MustCompile(`^([a-z]{2})?$`)

// SetProfile makes the bot look like p. It asks first and sets only what differs,
// as Telegram allows few such changes a day. What p does not name stays.
func (t *Telegram) SetProfile(ctx context.Context, p Profile) error {
	for _, text := range []struct {
		method, field string
		by            map[string]string
	}{
		{"MyName", "name", p.Name}, {"MyShortDescription", "short_description", p.Short}, {"MyDescription", "description", p.About},
	} {
		for _, lang := range slices.Sorted(maps.Keys(text.by)) {
			if err := t.setText(ctx, text.method, text.field, lang, text.by[lang]); err != nil {
				return err
			}
		}
	}
	for _, m := range p.Menus {
		if err := t.setMenu(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// localized are parameters for one language.
func localized(lang string) (tgbotapi.Params, error) {
	if !twoLetters.MatchString(lang) {
		return nil, fmt.Errorf("telegram: %q is no language of two letters", lang)
	}
	p := tgbotapi.Params{}
	p.AddNonEmpty("language_code", lang)
	return p, nil
}

func (t *Telegram) setText(ctx context.Context, method, field, lang, text string) error {
	p, err := localized(lang)
	if err != nil {
		return err
	}
	now := map[string]string{}
	if err := t.call(ctx, "get"+method, p, &now); err != nil || now[field] == text {
		return err
	}
	p[field] = text
	return t.call(ctx, "set"+method, p, nil)
}

func (t *Telegram) setMenu(ctx context.Context, m Menu) error {
	if m.Scope != AtDesk {
		return t.setMenuIn(ctx, m, map[string]any{"type": m.Scope})
	}
	for _, desk := range t.desks {
		if err := t.setMenuIn(ctx, m, map[string]any{"type": m.Scope, "chat_id": t.moves.current(desk)}); err != nil {
			return err
		}
	}
	return nil
}

func (t *Telegram) setMenuIn(ctx context.Context, m Menu, scope map[string]any) error {
	p, err := localized(m.Lang)
	if err != nil {
		return err
	}
	set(p, "scope", scope)
	var now []MenuCommand
	if err := t.call(ctx, "getMyCommands", p, &now); err != nil || slices.Equal(now, m.Commands) {
		return err
	}
	if m.Commands == nil {
		m.Commands = []MenuCommand{}
	}
	set(p, "commands", m.Commands)
	return t.call(ctx, "setMyCommands", p, nil)
}
