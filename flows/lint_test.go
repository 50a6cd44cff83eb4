package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestLint checks the flows with words that are all there and all different: the
// real ones are checked where both are at hand.
func TestLint(t *testing.T) {
	c := fullCatalogue(Keys(Flows(), []string{"de", "ar"}, testTopics, testHotlines))
	for _, p := range Lint(Flows(), c, testTopics, testHotlines, Shipped()) {
		t.Error(p)
	}
}

func TestLintFindsInFlows(t *testing.T) {
	ok := Option{ID: "ok", To: Done}
	open := func(to ...string) Step {
		st := Step{ID: "menu", Kind: Choose}
		for i, to := range to {
			st.Options = append(st.Options, Option{ID: fmt.Sprint("o", i), To: to})
		}
		return st
	}
	menu := func(to ...string) Flow { return Flow{ID: "menu", Steps: []Step{open(append(to, Done)...)}} }
	skip := func(*Ctx) bool { return true }
	for name, tt := range map[string]struct {
		flows []Flow
		want  string
	}{
		"unknown To":           {[]Flow{menu("x/gone")}, "menu/menu: leads to x/gone, which is not there"},
		"unknown Next":         {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: Show, Next: "b", Options: []Option{ok}}}}}, "a/a: leads to a/b, which is not there"},
		"unknown MoreTo":       {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: Show, MoreTo: []string{"c"}, Options: []Option{ok}}}}}, "a/a: leads to a/c, which is not there"},
		"unreachable":          {[]Flow{menu(), {ID: "a", Steps: []Step{{ID: "a", Kind: Show, Options: []Option{ok}}}}}, "a/a: no way leads here"},
		"dead end":             {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: Show}}}}, "a/a: a dead end: no way leads to the end of a flow"},
		"stays for ever":       {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: Show, Options: []Option{{ID: "o", To: Stay}}}}}}, "a/a: a dead end: no way leads to the end of a flow"},
		"loop by Skip":         {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: Show, Skip: skip, Next: "b", Options: []Option{ok}}, {ID: "b", Kind: Show, Skip: skip, Next: "a"}}}}, "a/a: a loop without input"},
		"loop by Enter":        {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: Show, Enter: func(*Ctx) {}, MoreTo: []string{"a"}, Options: []Option{ok}}}}}, "a/a: a loop without input"},
		"two flows":            {[]Flow{menu(), menu()}, "menu: there twice"},
		"two steps":            {[]Flow{{ID: "menu", Steps: []Step{open(Done), open(Done)}}}, "menu/menu: there twice"},
		"two options":          {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: Show, Options: []Option{ok, ok}}}}}, "menu/menu/ok: there twice"},
		"two, one dynamic":     {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: Show, Options: []Option{ok}, Pick: func(*Ctx, string) {}, More: func(*Ctx) []Option { return []Option{{ID: "ok", Label: "x"}} }}}}}, "menu/menu/ok: there twice"},
		"a slash":              {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: Show, Options: []Option{{ID: "a/b", To: Done}}}}}}, "menu/menu/a/b: an ID is not empty and has no slash"},
		"a taken flow":         {[]Flow{menu("desk/a"), {ID: "desk", Steps: []Step{{ID: "a", Kind: Show, Options: []Option{ok}}}}}, "desk: the name is taken: other buttons begin with it"},
		"a taken step":         {[]Flow{menu("a/done"), {ID: "a", Steps: []Step{{ID: "done", Kind: Show, Options: []Option{ok}}}}}, "a/done: the name is taken: it is an end"},
		"no steps":             {[]Flow{menu(), {ID: "a"}}, "a: has no steps"},
		"long ID":              {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: Show, Options: []Option{{ID: strings.Repeat("x", 55), To: Done}}}}}}, "menu/menu/" + strings.Repeat("x", 55) + ": 65 bytes are too long for a button: at most 64"},
		"no Accept":            {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: AskText, Next: "a", Options: []Option{ok}}}}}, "a/a: asks for a text and lacks Accept or Next"},
		"no Take":              {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: AskMedia, Options: []Option{ok}}}}}, "a/a: asks for media and lacks Take"},
		"no Next":              {[]Flow{menu("a/a"), {ID: "a", Steps: []Step{{ID: "a", Kind: Show, Skip: skip, Options: []Option{ok}}}}}, "a/a: has Skip and no Next"},
		"option leads nowhere": {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: Show, Options: []Option{ok, {ID: "a"}}}}}}, `menu/menu: option "a" leads nowhere`},
		"More without Pick":    {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: Show, Options: []Option{ok}, More: func(*Ctx) []Option { return nil }}}}}, "menu/menu: has More and no Pick"},
		"unknown kind":         {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: "sing", Options: []Option{ok}}}}}, `menu/menu: is of unknown kind "sing"`},
		"the same emoji":       {[]Flow{{ID: "menu", Steps: []Step{{ID: "menu", Kind: Show, Options: []Option{{ID: "a", Emoji: "✉️", To: Done}, {ID: "b", Emoji: "✉", To: Done}}}}}}, "menu/menu: menu/menu/a and menu/menu/b have the same emoji"},
	} {
		t.Run(name, func(t *testing.T) {
			c := fullCatalogue(Keys(tt.flows, []string{"de", "ar"}, testTopics, testHotlines))
			got := problems(Lint(tt.flows, c, testTopics, testHotlines, nil))
			if !slices.Contains(got, tt.want) {
				t.Errorf("found %q, want %q among them", got, tt.want)
			}
		})
	}
}

func TestLintFindsInWords(t *testing.T) {
	keys := Keys(Flows(), []string{"de", "ar"}, testTopics, testHotlines)
	for name, tt := range map[string]struct {
		change func(c fakeCatalogue)
		want   string
	}{
		"missing":       {func(c fakeCatalogue) { delete(c["ar"], "ask.sent") }, `ask.sent: missing in "ar"`},
		"unused":        {func(c fakeCatalogue) { c["de"]["ask.gone"] = "x" }, `ask.gone: nobody says it; it is in "de"`},
		"unused words":  {func(c fakeCatalogue) { c["de"]["ask.gone.words"] = "x" }, `ask.gone.words: nobody says it; it is in "de"`},
		"same label":    {func(c fakeCatalogue) { c["ar"]["ask.role.kita"] = c["ar"]["ask.role.group"] }, `ask/role: ask/role/kita and ask/role/group have the same label in "ar"`},
		"label is word": {func(c fakeCatalogue) { c["de"]["ask.role.kita.words"] = "hort, " + c["de"]["ask.role.group"] }, `both ask/role/kita and ask/role/group in "de"`},
		"same word": {func(c fakeCatalogue) {
			c["de"]["ask.role.kita.words"], c["de"]["ask.role.school.words"] = "hort", "Hort"
		}, `means both ask/role/kita and ask/role/school in "de"`},
		"topics alike": {func(c fakeCatalogue) { c["de"]["topic.letter"] = c["de"]["topic.other"] }, `ask/topic: ask/topic/letter and ask/topic/other have the same label in "de"`},
		"navigation":   {func(c fakeCatalogue) { c["de"]["nav.cancel.words"] = c["de"]["ask.preview.discard"] }, `is heard as nav.cancel in "de"`},
		"long label":   {func(c fakeCatalogue) { c["de"]["ask.role.kita"] = strings.Repeat("x", 23) }, `ask/role/kita: the label "xxxxxxxxxxxxxxxxxxxxxxx" has 25 characters in "de": at most 24`},
		"long dynamic": {func(c fakeCatalogue) { c["de"]["mine.item"] = strings.Repeat("x", 18) }, `mine/list/10000: the label "xxxxxxxxxxxxxxxxxx10000" has 25 characters in "de": at most 24`},
		"long desk":    {func(c fakeCatalogue) { c["de"]["desk.do.undo"] = strings.Repeat("x", 30) }, "the label"},
		"long row":     {func(c fakeCatalogue) { c["de"]["nav.sos"] = strings.Repeat("x", 30) }, "nav/sos: the label"},
		"a language":   {func(c fakeCatalogue) { c["hu"] = maps.Clone(c["de"]) }, `language.name.hu: missing in "de"`},
	} {
		t.Run(name, func(t *testing.T) {
			c := fullCatalogue(keys)
			tt.change(c)
			got := problems(Lint(Flows(), c, testTopics, testHotlines, Shipped()))
			if !strings.Contains(strings.Join(got, "\n"), tt.want) {
				t.Errorf("found %q, want %q among them", got, tt.want)
			}
		})
	}
}

func TestLintFindsInLists(t *testing.T) {
	long := strings.Repeat("x", 60)
	for name, tt := range map[string]struct {
		topics  []Topic
		shipped []string
		want    string
	}{
		"a long topic":    {append(slices.Clone(testTopics), Topic{ID: long, Roles: roles}), nil, "ask/topic/" + long + ": 70 bytes are too long for a button: at most 64"},
		"a role for none": {testTopics[:1], nil, `topics: none is for the role "kita"`},
		"an unknown role": {append(slices.Clone(testTopics), Topic{ID: "x", Roles: []string{"pilot"}}), nil, `topic x: is for the unknown role "pilot"`},
		"a topic twice":   {append(slices.Clone(testTopics), testTopics[3]), nil, "ask/topic/other: there twice"},
		"a vanished step": {testTopics, []string{"ask/role", "ask/gone"}, "ask/gone: was shipped and is gone: bring it back, or write it into Moved"},
	} {
		t.Run(name, func(t *testing.T) {
			c := fullCatalogue(Keys(Flows(), []string{"de", "ar"}, tt.topics, testHotlines))
			got := problems(Lint(Flows(), c, tt.topics, testHotlines, tt.shipped))
			if !slices.Equal(got, []string{tt.want}) && !slices.Contains(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLintAllows: a list of typed words is no unused key.
func TestLintAllows(t *testing.T) {
	c := fullCatalogue(Keys(Flows(), []string{"de", "ar"}, testTopics, testHotlines))
	c["de"]["nav.sos.words"] = "112, notruf"
	c["ar"]["ask.role.kita.words"] = "kita"
	if got := Lint(Flows(), c, testTopics, testHotlines, Shipped()); len(got) > 0 {
		t.Errorf("found %v", got)
	}
}

func problems(all []Problem) []string {
	var out []string
	for _, p := range all {
		out = append(out, p.String())
	}
	return out
}
