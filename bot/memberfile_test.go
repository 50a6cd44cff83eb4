package bot

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"lotse/flows"
)

// TestMemberFile: what is registered can be taken away as a file, and it is all of it.
func TestMemberFile(t *testing.T) {
	p := newFaulty(t)
	p.joins("ann", "Kita Regenbogen", "0341 5550001")
	p.play("ann /join", "ann ! join/list/mine", "ann ! member/one/file")
	var m flows.Member
	for _, m = range p.registered() { // the only one
	}
	var raw []byte
	for _, said := range p.net.allOut {
		for _, f := range said.Files {
			if f.Name == "anmeldung.json" {
				raw, _ = base64.StdEncoding.DecodeString(f.Ref)
			}
		}
	}
	var f memberFile
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	got := fmt.Sprint(f.Number, f.Organisation, f.Contact, f.Topics, f.Languages, f.Paused, *f.Exchange, f.Consent.Version, f.Consent.Given.Equal(m.Consent.At), f.Since.Equal(m.Since))
	want := fmt.Sprint(m.Number, m.Org, m.Reach, m.Interests, m.Languages, m.Paused, memberWants{m.Exchange.Topics, memberRoute{m.Exchange.Reach.Way, m.Exchange.Reach.At}}, m.Consent.Version, true, true)
	if got != want || f.Organisation != "Kita Regenbogen" {
		t.Errorf("%s, want %s", got, want)
	}
	p.play("ann ! member/one/leave", "ann ! member/leave/yes", "ann ! member/one/file")
	for _, said := range p.net.allOut[len(p.net.allOut)-2:] {
		if len(said.Files) > 0 {
			t.Error("what is deleted is sent")
		}
	}
}
