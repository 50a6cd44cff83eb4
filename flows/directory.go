package flows

import (
	"slices"
	"strconv"
)

// The directory: every place where people help that the network has confirmed, some at a
// time.

// directory is what its buttons have in place of the ID of a page.
const directory = "-"

// placesAtOnce is how many places are shown at once.
const placesAtOnce = 5

// listed are the places that people may see.
func (c *Ctx) listed() []Contact {
	return slices.DeleteFunc(slices.Clone(c.places()), func(p Contact) bool { return !p.Confirmed })
}

// placesPart is the part of the directory that is looked at, of how many, both from 1.
func (c *Ctx) placesPart(all []Contact) (part, of int) {
	of = max((len(all)+placesAtOnce-1)/placesAtOnce, 1)
	return min(max(c.State.Part, 1), of), of
}

func firstPlaces(c *Ctx) { c.State.Part = 1 }

// turnPlaces shows a part of the directory.
func (c *Ctx) turnPlaces(part string) {
	n, _ := strconv.Atoi(part) // of a button that nobody made it is 0, the first part
	c.State.Misses, c.State.Part = 0, n
	if c.State.At.Flow == "info" {
		c.go_("places")
		return
	}
	c.aside(Place{"info", "places"})
}

func placesBody(c *Ctx) []Text {
	all := c.listed()
	if len(all) == 0 {
		return []Text{say("help.places.none")}
	}
	part, of := c.placesPart(all)
	out := []Text{say("info.places.head")}
	for _, p := range all[(part-1)*placesAtOnce : min(len(all), part*placesAtOnce)] {
		out = append(append(out, entry(p)...), contactChecked(p)...)
	}
	if of > 1 {
		out = append(out, say("info.part", number("n", part), number("of", of)))
	}
	return out
}

// placesWays lead to the other parts.
func placesWays(c *Ctx) []Option {
	part, of := c.placesPart(c.listed())
	var out []Option
	to := func(n int, emoji, key string) {
		out = append(out, Option{ID: pageButton + directory + "/" + strconv.Itoa(n), Emoji: emoji, Key: key})
	}
	if part < of {
		to(part+1, "▶️", "info.next")
	}
	if part > 1 {
		to(part-1, "◀️", "info.prev")
	}
	return out
}
