package flows

import "strings"

// calendarFlow says how to have the meetings in one's own calendar (domain D8).
var calendarFlow = Flow{
	ID: "calendar", Aside: true,
	Steps: []Step{{
		ID: "about", Kind: Show, Page: true,
		Body: feedBody, Keys: []string{"feed.title", "feed.address", "feed.none", "feed.slow", "feed.outlook", "feed.google", "feed.apple"},
		Options: []Option{
			{ID: "file", Emoji: "📎", Key: "feed.once", Do: allDates, To: Stay, Hide: nothingComes},
			{ID: "ok", Emoji: "👍", To: Done},
		},
	}},
}

func feedBody(c *Ctx) []Text {
	return append([]Text{say("feed.title")}, FeedBody(c.In.Facts.Feed)...)
}

// FeedBody says under which address a calendar can subscribe to the meetings, "" for none,
// how the calendars that most people have do it, and what they cannot do.
func FeedBody(address string) []Text {
	if address == "" {
		return []Text{say("feed.none")}
	}
	return []Text{
		say("feed.address", code("link", address)), say("feed.apple", code("link", Webcal(address))),
		say("feed.outlook"), say("feed.google"), say("feed.slow"),
	}
}

// Webcal is the address of a calendar for programs that subscribe to it when it is opened.
func Webcal(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	return "webcal://" + rest
}

// allDates sends all meetings to come as one file.
func allDates(c *Ctx) { c.Do(CalendarFile{}) }

func nothingComes(c *Ctx) bool {
	if c.In.Facts.Dates == nil {
		return true
	}
	for _, m := range c.In.Facts.Dates().Meetings {
		if m.Coming(c.In.Now) {
			return false
		}
	}
	return true
}
