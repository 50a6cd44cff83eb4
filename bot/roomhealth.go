package bot

import (
	"slices"
	"strings"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
	"lotse/store"
)

// What is wrong with a room of the desk is said in the room (setup.go). What cannot be
// said there, because the bot is out of it or nothing arrives, is said in the other one,
// and to the operator (peers.md §3.2).

// sayOut tells the other room, once, that the bot cannot speak in this one any more, and
// when it can again.
func (t *turn) sayOut(d deskRoom, is *setup) error {
	var out chat.Lack
	for _, lack := range []chat.Lack{chat.LackEntry, chat.LackWriting} {
		if out == "" && slices.Contains(is.Is.Lacks, lack) {
			out = lack
		}
	}
	if out == is.Out {
		return nil
	}
	is.Out = out
	return t.tellOther(d, map[chat.Lack]string{
		chat.LackEntry: "desk.other.out", chat.LackWriting: "desk.other.writing", "": "desk.other.back",
	}[out])
}

// tellOther says something about a room in the other one.
func (t *turn) tellOther(d deskRoom, key string) error {
	others := slices.DeleteFunc(slices.Clone(t.b.desks), func(o deskRoom) bool { return o == d })
	name := strings.ToUpper(d.Platform[:1]) + d.Platform[1:] // networks call themselves the same in every language
	return t.tellRooms(others, []flows.Text{{Key: key, Args: []flows.Arg{{Name: "room", Kind: flows.Name, Text: name}}}})
}

// muteAfter is after how long without an answer a room is said to be out of reach.
const muteAfter = 15 * time.Minute

// watchMute sets the alarm that looks whether a room is still out of reach.
func (t *turn) watchMute(lane string, since time.Time) {
	for _, d := range t.b.desks {
		if t.b.lane(d.Address) == lane {
			t.at(since.Add(muteAfter), "mute", d.Platform)
		}
	}
}

// isMute tells the other room if nothing has arrived in one for long enough.
func (t *turn) isMute(platform string) error {
	d, ok := t.b.deskOn(platform)
	if !ok {
		return nil
	}
	trouble, found, err := load[laneTrouble](t.tx, keyOf("lane", t.b.lane(d.Address)))
	if !found || err != nil {
		return err
	}
	if due := trouble.Since.Add(muteAfter); due.After(t.now) { // it is another trouble
		t.watchMute(t.b.lane(d.Address), trouble.Since)
		return nil
	}
	key := keyOf("setup", platform)
	is, _, err := load[setup](t.tx, key)
	if err != nil || !is.Mute.IsZero() {
		return err
	}
	is.Mute = trouble.Since
	save(t.tx, key, is)
	t.warn("nothing arrives in a room of the desk", "platform", platform, "since", is.Mute.UTC())
	if is.Out != "" { // which says why
		return nil
	}
	return t.tellOther(d, "desk.other.mute")
}

// speaksAgain is an answer of a network after its lane was in trouble.
func (t *turn) speaksAgain(lane string) error {
	for _, d := range t.b.desks {
		if t.b.lane(d.Address) != lane {
			continue
		}
		key := keyOf("setup", d.Platform)
		is, _, err := load[setup](t.tx, key)
		if err != nil || is.Mute.IsZero() {
			return err
		}
		is.Mute = time.Time{}
		save(t.tx, key, is)
		if is.Out == "" {
			return t.tellOther(d, "desk.other.back")
		}
	}
	return nil
}

// A RoomHealth is how a room of the desk is.
type RoomHealth struct {
	OK    bool        `json:"ok"`
	Lacks []chat.Lack `json:"lacks,omitempty"` // what the bot needs there and has not
	// Mute is since when nothing that is said there arrives.
	Mute time.Time `json:"mute_since,omitzero"`
}

// rooms are the desk's, by their networks.
func (b *Bot) rooms(r store.Reader) (map[string]RoomHealth, error) {
	all := map[string]RoomHealth{}
	for _, d := range b.desks {
		is, _, err := load[setup](r, keyOf("setup", d.Platform))
		if err != nil {
			return nil, err
		}
		trouble, _, err := load[laneTrouble](r, keyOf("lane", b.lane(d.Address)))
		if err != nil {
			return nil, err
		}
		h := RoomHealth{Lacks: is.Is.Lacks, Mute: trouble.Since}
		h.OK = len(h.Lacks) == 0 && h.Mute.IsZero()
		all[d.Platform] = h
	}
	return all, nil
}
