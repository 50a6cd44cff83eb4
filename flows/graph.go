package flows

import (
	"fmt"
	"strings"
)

// A way leads from a step to another, or to an end.
type way struct {
	from Place
	to   string   // "flow/step", or one of the ends
	by   []string // IDs of the options that lead there
	auto bool     // taken without waiting for anybody: Skip, Enter
}

// doors are the steps that the engine opens by itself, and why.
var doors = map[string]string{
	"menu/menu":      "menu",
	"language/pick":  "first contact",
	"back/welcome":   "return",
	"held/what":      "words that answer nothing",
	"calendar/about": "words that ask for it",
}

// ways are all that the table of a step names: one for each place it leads to.
// The row of navigation below every message is not among them.
func ways(flow string, st Step) []way {
	var out []way
	add := func(to, by string, auto bool) {
		if !ends[to] && !strings.Contains(to, "/") {
			to = flow + "/" + to
		}
		for i := range out {
			if w := &out[i]; w.to == to {
				w.auto = w.auto || auto
				if by != "" {
					w.by = append(w.by, by)
				}
				return
			}
		}
		w := way{from: Place{flow, st.ID}, to: to, auto: auto}
		if by != "" {
			w.by = []string{by}
		}
		out = append(out, w)
	}
	for _, o := range st.Options {
		if o.To != "" {
			add(o.To, o.ID, false)
		}
	}
	if st.Next != "" {
		add(st.Next, "", st.Skip != nil)
	}
	for _, to := range st.MoreTo {
		add(to, "", st.Enter != nil)
	}
	return out
}

var ends = map[string]bool{Done: true, Menu: true, Stay: true}

// Graph draws all flows as a Mermaid flowchart. An arrow bears the options that
// lead along it; a dotted one is what a step does by itself while it stands.
func Graph(flows []Flow) string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for _, f := range flows {
		fmt.Fprintf(&b, "  subgraph %s_flow[\"%s\"]\n", f.ID, f.ID)
		for _, st := range f.Steps {
			fmt.Fprintf(&b, "    %s[\"%s<br>%s\"]\n", node(Place{f.ID, st.ID}.String()), st.ID, st.Kind)
		}
		fmt.Fprintf(&b, "    %s((\"done\"))\n  end\n", node(f.ID+"/"+Done))
	}
	for _, f := range flows {
		for _, st := range f.Steps {
			if why := doors[Place{f.ID, st.ID}.String()]; why != "" {
				fmt.Fprintf(&b, "  %s_door([\"%s\"]) --> %s\n", node(Place{f.ID, st.ID}.String()), why, node(Place{f.ID, st.ID}.String()))
			}
			for _, w := range ways(f.ID, st) {
				b.WriteString("  " + w.arrow() + "\n")
			}
		}
	}
	return b.String()
}

func (w way) arrow() string {
	from, line, to := node(w.from.String()), "-->", node(w.to)
	switch w.to {
	case Done:
		to = node(w.from.Flow + "/" + Done)
	case Menu:
		to = node(menuPlace.String())
	case Stay:
		line, to = "-.->", from
	}
	if len(w.by) > 0 {
		line += "|" + strings.Join(w.by, ", ") + "|"
	}
	return from + " " + line + " " + to
}

// node is a name that Mermaid takes: it knows no slash, and "end" is a word of
// its own.
func node(place string) string { return strings.ReplaceAll(place, "/", "_") }

// String is "flow/step".
func (p Place) String() string { return p.Flow + "/" + p.Step }
