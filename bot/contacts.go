package bot

import (
	"slices"
	"strconv"
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
	said := []string{c.Name, c.Street, c.Phone}
	if c.Mail != "" || c.Web != "" || len(c.Topics) > 0 || len(c.Languages) > 0 {
		said = append(said, c.Mail, c.Web, strings.Join(c.Topics, " "), strings.Join(c.Languages, " "))
	}
	return strings.Join(said, "\n")
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

// contactsAtOnce is how many contacts are shown for one command: each is a message of its
// own, and a transaction is bounded (store.MaxWrites).
const contactsAtOnce = 10

// showContacts lists the contacts in the room where it was asked for, each to be confirmed.
func (t *turn) showContacts() error { return t.showContactsFrom(0) }

// showContactsFrom goes on with that list, after so many.
func (t *turn) showContactsFrom(n int) error {
	all, err := t.b.contactsOf(t.tx)
	if err != nil {
		return err
	}
	n = min(max(n, 0), len(all))
	to := min(n+contactsAtOnce, len(all))
	for _, c := range all[n:to] {
		if err := t.offerHere(flows.ContactTell(c)); err != nil {
			return err
		}
	}
	if to == len(all) {
		return nil
	}
	return t.offerHere(flows.MoreContacts(to, len(all)-to))
}

// contactPress is a button "contact/ID/yes" or "contact/ID/no", of which every room hears,
// or "contact/-/more/N".
func (t *turn) contactPress(parts []string) error {
	if parts[1] == "-" && parts[2] == "more" && len(parts) > 3 {
		n, _ := strconv.Atoi(parts[3]) // of a button that nobody made it is 0
		return t.showContactsFrom(n)
	}
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
