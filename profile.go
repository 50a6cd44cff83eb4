package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/bot/telegram"
	"lotse/locales"
)

// Commands that a menu offers; the flows know them by the same names. In every
// language they are these: a menu takes no other letters than a to z.
var (
	peopleCommands = []string{"start", "menu", "ask", "meetings", "info", "join", "survey", "mine", "language", "mydata", "privacy", "stop", "help", "sos"}
	deskCommands   = []string{"offen", "fall", "bausteine", "themen", "ideen", "ressourcen", "treffen", "anmeldungen", "kontakte", "seiten", "neuladen", "fragebogen", "statistik", "hilfe"}
)

// profileOf is what Telegram shows before anybody talks, in all languages whose
// names it takes; English for everybody else.
func profileOf(words *locales.Words, deskLang string) telegram.Profile {
	p := telegram.Profile{Name: map[string]string{}, Short: map[string]string{}, About: map[string]string{}}
	named := map[string]string{"": "en"} // as Telegram calls a language → its tag
	for _, l := range words.Languages() {
		if len(l.Tag) == 2 {
			named[l.Tag] = l.Tag
		}
	}
	for lang, tag := range named {
		p.Name[lang] = plainText(words, tag, "profile.name")
		p.Short[lang] = plainText(words, tag, "profile.short")
		p.About[lang] = plainText(words, tag, "profile.about")
		p.Menus = append(p.Menus, menu(words, telegram.InPrivate, lang, tag, peopleCommands))
	}
	slices.SortFunc(p.Menus, func(a, b telegram.Menu) int { return strings.Compare(a.Lang, b.Lang) })
	p.Menus = append(p.Menus, menu(words, telegram.AtDesk, "", deskLang, deskCommands))
	return p
}

func menu(words *locales.Words, scope telegram.Scope, lang, tag string, commands []string) telegram.Menu {
	m := telegram.Menu{Scope: scope, Lang: lang}
	for _, c := range commands {
		m.Commands = append(m.Commands, telegram.MenuCommand{Word: c, About: plainText(words, tag, "command."+c)})
	}
	return m
}

// plainText says key without the mark that makes a line run from right to left:
// Telegram drops it at the edges of names, and would be told again at every start.
// A language that lacks the key says it in another, which lint finds.
func plainText(words *locales.Words, tag, key string) string {
	text, _ := words.Text(tag, key)
	return strings.ReplaceAll(text.Text, "\u200f", "")
}

// introduceAgain is when to try again to say who the bot is. Until then it works
// without.
const introduceAgain = 10 * time.Minute

// introduce says at the start what is wrong with how the bot is set up, and who it
// is. It ends with ctx.
func introduce(tg *telegram.Telegram, p telegram.Profile, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		again := time.NewTicker(introduceAgain)
		defer again.Stop()
		for done := false; ; {
			done = done || introduced(ctx, tg, p, log)
			select {
			case <-ctx.Done():
				return nil
			case <-again.C:
			}
		}
	}
}

// introduced reports whether it could be said who the bot is.
func introduced(ctx context.Context, tg *telegram.Telegram, p telegram.Profile, log *slog.Logger) bool {
	findings := tg.Check(ctx)
	if findings[0].Level == chat.Broken { // nothing answers as it should, and whoever receives says why
		return false
	}
	for _, f := range findings {
		if f.Level != chat.Fine && !strings.HasPrefix(f.Code, "webhook") && ctx.Err() == nil { // Run puts webhooks right
			log.Warn("lotse doctor says", "finding", f.Code, "what", f.Text)
		}
	}
	err := tg.SetProfile(ctx, p)
	if err != nil && ctx.Err() == nil {
		log.Warn("the profile could not be set; it is tried again", "err", err)
	}
	return err == nil
}
