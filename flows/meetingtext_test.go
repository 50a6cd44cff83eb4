package flows

import (
	"slices"
	"testing"
	"time"
)

// TestMeetingBodyLeavesNothingOut holds that what nobody knows is said to be asked for,
// and that what only the desk may see is not said.
func TestMeetingBodyLeavesNothingOut(t *testing.T) {
	now := time.Date(2027, 1, 7, 12, 0, 0, 0, time.UTC)
	m := Meeting{
		Kind: NetworkMeeting, Start: now.AddDate(0, 0, 7), End: now.AddDate(0, 0, 7).Add(2 * time.Hour),
		Words: map[string]MeetingWords{"de": {Title: "Titel", About: "Worum"}}, Capacity: 10, Online: "https://secret.example",
		Agenda: []Item{{Text: "intern"}, {Text: "für alle", Public: true}},
	}
	keys := func(m Meeting, seats Seats, lang string, now time.Time) (out []string) {
		for _, text := range MeetingBody(m, seats, lang, now) {
			out = append(out, text.Key)
			for _, a := range text.Args {
				if a.Text == "intern" || a.Text == m.Online {
					t.Errorf("people read %q", a.Text)
				}
			}
		}
		return out
	}
	for _, tt := range []struct {
		name string
		got  []string
		want []string
		not  []string
	}{
		{"nothing known", keys(m, Seats{}, "de", now), []string{"meeting.place.open", "meeting.stepfree.ask", "meeting.interpreter.ask", "meeting.childcare.ask", "meeting.food.ask", "meeting.left", "meeting.point"}, []string{"meeting.foreign", "meeting.full"}},
		{"in another language", keys(m, Seats{People: 10}, "ar", now), []string{"meeting.foreign", "meeting.full"}, []string{"meeting.left"}},
		{"over", keys(m, Seats{}, "de", now.AddDate(0, 0, 8)), []string{"meeting.when", "quote"}, []string{"meeting.stepfree.ask", "meeting.left"}},
	} {
		for _, key := range tt.want {
			if !slices.Contains(tt.got, key) {
				t.Errorf("%s: %v lacks %s", tt.name, tt.got, key)
			}
		}
		for _, key := range tt.not {
			if slices.Contains(tt.got, key) {
				t.Errorf("%s: %v has %s", tt.name, tt.got, key)
			}
		}
	}
	m.Cancelled, m.Reason = true, ReasonOther
	if got := keys(m, Seats{}, "de", now); !slices.Contains(got, "meeting.cancelled.plain") || slices.Contains(got, "quote") {
		t.Errorf("cancelled: %v", got)
	}
}
