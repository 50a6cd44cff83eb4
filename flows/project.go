package flows

// projectFlow shows ideas for projects, and takes new ones.
var projectFlow = Flow{
	ID: "project", Aside: true,
	Steps: []Step{
		{
			ID: "list", Kind: Choose, Page: true,
			Body: projectsBody, Keys: append([]string{"project.list", "project.list.none", "project.list.mine", "project.line"}, statusKeys...),
			Options: []Option{
				{ID: "write", Emoji: "🌱", Key: "project.title", Do: newProject, To: "write"},
				{ID: "ok", Emoji: "👍", Key: "info.ok", To: Done},
			},
		},
		{ID: "write", Kind: AskText, Accept: acceptProject, Next: "send"},
		{
			ID: "send", Kind: Choose, Enter: wroteNoProject, MoreTo: []string{"list"},
			Body: suggestConsentBody, Keys: suggestConsentKeys,
			Options: []Option{
				{ID: "yes", Emoji: "📤", Key: "suggest.send", Do: sendProject, To: "list"},
				{ID: "again", Emoji: "✏️", Key: "suggest.again", To: "write"},
				{ID: "no", Emoji: "🗑", Key: "ask.preview.discard", Do: newProject, To: "list"},
			},
		},
	},
}

// statusKeys say how far an idea is.
var statusKeys = keysBelow("project.status.", []string{"new", "seen", "work", "done", "no"})

// listedBytes is how much of an idea a list tells.
const listedBytes = 200

// projectsBody are the ideas that everybody may read, and above them the person's own.
func projectsBody(c *Ctx) []Text {
	line := func(text string, s SuggestStatus) Text {
		return say("project.line", named("text", Shorten(text, listedBytes)), word("status", "project.status."+string(s)))
	}
	var mine, all []Text
	for _, s := range c.own() {
		if s.Kind == SuggestProject {
			mine = append(mine, line(s.Text, s.Status))
		}
	}
	if get := c.In.Facts.Shares.Projects; get != nil {
		for _, p := range get() {
			all = append(all, line(p.Text, p.Status))
		}
	}
	var out []Text
	if len(mine) > 0 {
		out = append([]Text{say("project.list.mine")}, mine...)
	}
	if len(all) == 0 {
		return append(out, say("project.list.none"))
	}
	return append(append(out, say("project.list")), all...)
}

func newProject(c *Ctx) { c.set("project.write", "") }

func acceptProject(_ *Ctx, text string) (answer, wrong string) {
	return acceptSuggestion(text, MaxProjectText, "project.long")
}

func wroteNoProject(c *Ctx) {
	if c.Answer("project.write") == "" {
		c.go_("list")
	}
}

func sendProject(c *Ctx) { c.suggest(SuggestProject, "project.write", "project.sent") }
