package main

import (
	"fmt"
	"time"

	"lotse/bot"
	"lotse/flows"
	"lotse/locales"
)

// exampleMeetings are those of the demo, all invented: three to come and one that was, with
// its documents. They are planned around now once, and stay when the demo starts again.
func exampleMeetings(words *locales.Words, now time.Time) []flows.Meeting {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err) // unreachable: the time zones are built in
	}
	here := now.In(berlin)
	thursday := func(weeks int) (start, end time.Time) {
		day := here.Day() + (int(time.Thursday)-int(here.Weekday())+7)%7 + 7*weeks
		start = time.Date(here.Year(), here.Month(), day, 16, 0, 0, 0, berlin)
		return start, start.Add(2 * time.Hour)
	}
	example := func(title, about string, kind flows.MeetingKind, weeks int) flows.Meeting {
		m := flows.Meeting{ID: fmt.Sprintf("example-%d-%d", here.Year(), weeks), Kind: kind, Words: map[string]flows.MeetingWords{}}
		if weeks < 0 {
			m.ID = fmt.Sprintf("example-%d-past", here.Year())
		}
		m.Start, m.End = thursday(weeks)
		for _, l := range words.Languages() {
			m.Words[l.Tag] = flows.MeetingWords{Title: plainText(words, l.Tag, title), About: plainText(words, l.Tag, about)}
		}
		m.Venue = flows.Venue{Name: "Beispielhaus", Street: "Beispielweg 1, 04205 Leipzig", Hint: "durch das grüne Tor", Stop: "Beispielplatz", Geo: "geo:51.316,12.285"}
		m.StepFree, m.Help = flows.ItIs, flows.Help{Interpreters: []string{"ar", "uk"}, OnRequest: true, Childcare: flows.ItIs, Ages: "3-10", Food: flows.FoodVegetarian}
		return m
	}
	network := example("demo.network.title", "demo.network.about", flows.NetworkMeeting, 2)
	theme := example("demo.theme.title", "demo.theme.about", flows.ThemeMeeting, 6)
	theme.Capacity = 3
	cafe := example("demo.cafe.title", "demo.cafe.about", flows.CafeMeeting, 10)
	cafe.StepFree, cafe.Help = flows.NotKnown, flows.Help{}
	past := example("demo.past.title", "demo.past.about", flows.NetworkMeeting, -5)
	minutes := []byte(plainText(words, "de", "demo.past.minutes"))
	past.Papers = []flows.Paper{{Title: "Beispiel-Protokoll", File: bot.OwnFile("Beispiel-Protokoll.txt", "text/plain", minutes)}}
	return []flows.Meeting{past, network, theme, cafe}
}
