package bot

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"lotse/bot/chat"
	"lotse/flows"
)

// A memberFile is what somebody gets of their registration (Art. 20 GDPR: structured, common,
// readable by machines). Its names are kept: other programs may read them.
type memberFile struct {
	Number       string       `json:"number"`
	Since        time.Time    `json:"since"`
	Changed      time.Time    `json:"changed"`
	Confirmed    time.Time    `json:"confirmed"` // when they last said that it is right
	Organisation string       `json:"organisation,omitempty"`
	Contact      memberRoute  `json:"contact"`
	Topics       []string     `json:"topics"`
	Languages    []string     `json:"languages"` // BCP 47
	Paused       bool         `json:"paused"`
	Exchange     *memberWants `json:"exchange,omitempty"`
	Consent      struct {
		Version string    `json:"version"`
		Given   time.Time `json:"given"`
	} `json:"consent"`
}

// A memberRoute is how somebody wants to be reached: by "chat", "phone" or "mail".
type memberRoute struct {
	By      flows.Way `json:"by"`
	Address string    `json:"address,omitempty"`
}

// A memberWants is what an organisation wants to exchange with others about.
type memberWants struct {
	Topics  []string    `json:"topics"`
	Contact memberRoute `json:"contact"` // what the other is told
}

// sendMember sends somebody what is registered of them; nothing when it has ended since.
func (t *turn) sendMember(sp *speaker) error {
	m, err := memberOf(t.tx, sp.PID)
	if err != nil || !m.Registered() {
		return err
	}
	f := memberFile{
		Number: m.Number, Since: m.Since, Changed: m.Changed, Confirmed: m.Checked, Organisation: m.Org,
		Contact: memberRoute{m.Reach.Way, m.Reach.At}, Topics: listed(m.Interests), Languages: listed(m.Languages), Paused: m.Paused,
	}
	f.Consent.Version, f.Consent.Given = m.Consent.Version, m.Consent.At
	if x := m.Exchange; len(x.Topics) > 0 {
		f.Exchange = &memberWants{listed(x.Topics), memberRoute{x.Reach.Way, x.Reach.At}}
	}
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("registration as a file: %w", err)
	}
	said := t.b.body(t.lang(sp), []flows.Text{{Key: "member.file"}})
	said.Files = []chat.File{{
		Kind: chat.Document, Platform: ownFiles, Ref: base64.StdEncoding.EncodeToString(raw), Name: "anmeldung.json",
		Type: "application/json", Size: int64(len(raw)), Bare: true,
	}}
	return t.write(sp, item{Message: said, Ref: ref{PID: sp.PID}})
}

// listed is a list that is written as one also when nothing is in it.
func listed(all []string) []string { return append([]string{}, all...) }
