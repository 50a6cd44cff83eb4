package flows

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
)

//go:embed testdata/steps.golden
var shipped string

// Shipped are all steps, options and buttons that any release ever had, as IDs
// gives them. Phones and the store keep them, so they only become more.
func Shipped() []string { return strings.Fields(shipped) }

// Moved names what was shipped and is gone on purpose: the ID, and why or
// whereto. Buttons of that ID are answered with "old", states at such a step
// with "moved".
var Moved = map[string]string{}

// IDs are what phones and the store keep of flows and of the desk, sorted:
// "flow/step", "flow/step/option", "nav/NAME" and "desk/ACTION".
func IDs(flows []Flow) []string {
	var ids []string
	for _, f := range flows {
		for _, st := range f.Steps {
			ids = append(ids, f.ID+"/"+st.ID)
			for _, o := range st.Options {
				ids = append(ids, f.ID+"/"+st.ID+"/"+o.ID)
			}
		}
	}
	for _, n := range newTable(flows).navigation {
		ids = append(ids, "nav/"+n.name)
	}
	for act := range maps.Keys(deskActions) {
		ids = append(ids, "desk/"+act)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
