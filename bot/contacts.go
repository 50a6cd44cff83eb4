package bot

import (
	"slices"
	"strings"
	"time"

	"lotse/flows"
	"lotse/store"
)

// A verdict is what a coordinator said about a contact as it stood then, and when; not who
// it was. Of one that reads otherwise now nothing has been said.
type verdict struct {
	Right bool      `json:"ok,omitempty"`
	At    time.Time `json:"at"`
	Of    string    `json:"of"`
}

// asWritten is what a verdict on a contact is about.
func asWritten(c flows.Contact) string {
	return strings.Join([]string{c.Name, c.Street, c.Phone}, "\n")
}

// contactsOf are the contacts of the list, with what the desk said about them.
func (b edition) contactsOf(r store.Reader) ([]flows.Contact, error) {
	all := slices.Clone(b.lists.contacts)
	for i, c := range all {
		v, found, err := load[verdict](r, keyOf("confirmed", c.ID))
		if err != nil {
			return nil, err
		}
		if found && v.Of == asWritten(c) {
			all[i].Confirmed, all[i].Wrong, all[i].Said = v.Right, !v.Right, v.At
		}
	}
	return all, nil
}

// places are the contacts for flows. They are read when they are first asked for; what
// went wrong then, failed says.
func (t *turn) places() (get func() []flows.Contact, failed func() error) {
	var all []flows.Contact
	var err error
	read := false
	get = func() []flows.Contact {
		if !read {
			read = true
			all, err = t.b.contactsOf(t.tx)
		}
		return all
	}
	return get, func() error { return err }
}

// showContacts lists the contacts in the room where it was asked for, each to be confirmed.
func (t *turn) showContacts() error {
	all, err := t.b.contactsOf(t.tx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := t.offerHere(flows.ContactTell(c)); err != nil {
			return err
		}
	}
	return nil
}

// contactPress is a button "contact/ID/yes" or "contact/ID/no". Every room hears of it.
func (t *turn) contactPress(parts []string) error {
	i := slices.IndexFunc(t.b.lists.contacts, func(c flows.Contact) bool { return c.ID == parts[1] })
	if i < 0 || parts[2] != "yes" && parts[2] != "no" {
		return t.tellHere(flows.Text{Key: "desk.old"})
	}
	c := t.b.lists.contacts[i]
	c.Confirmed, c.Said = parts[2] == "yes", t.now
	c.Wrong = !c.Confirmed
	save(t.tx, keyOf("confirmed", c.ID), verdict{Right: c.Confirmed, At: t.now, Of: asWritten(c)})
	return t.tellDesk(flows.ContactSaid(c))
}
