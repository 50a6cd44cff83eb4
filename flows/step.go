package flows

import "strings"

// A StepKind says what a step waits for.
type StepKind string

// The kinds of step that today's flows use.
const (
	Choose   StepKind = "choose"    // one of the options
	Confirm  StepKind = "confirm"   // yes or no about something that cannot be undone
	AskText  StepKind = "ask-text"  // a text that Accept takes
	AskMedia StepKind = "ask-media" // a text, a photo, a voice message or a document
	Show     StepKind = "show"      // says something; the options lead on
)

// A Flow is a named walk through steps. Its first step is where it begins.
type Flow struct {
	ID    string
	Steps []Step
	// Aside flows are visits: when one ends, the flow it interrupted goes on
	// with every answer kept.
	Aside bool
}

// A Step is one question or statement: data and named functions, no closures,
// so that Lint and Graph see everything.
type Step struct {
	ID   string
	Kind StepKind
	// Body is what is said; nil is the text "flow.step" without values.
	Body func(*Ctx) []Text
	// Keys are the texts Body may say, for Lint; nil is just "flow.step".
	Keys []string
	// Options are the ways on; More are those that depend on facts.
	Options []Option
	More    func(*Ctx) []Option
	// Pick leads on from an option of More.
	Pick func(*Ctx, string)
	// MoreTo are the steps that Pick, Take, Enter and a Do that stays may go to.
	MoreTo  []string
	Columns int
	// Page says that the step only shows what can be looked up again at any time.
	// Who leafs on from the newest page by its buttons finds the next one in its
	// place (docs/adr/0008-pages.md).
	Page bool
	// Discreet says that a choice here tells something about the person (Say.Discreet).
	Discreet bool
	// Accept checks a text (AskText): the cleaned answer, or the key of what is
	// wrong with it. The answer is kept as Data["flow.step"] before Next.
	Accept func(*Ctx, string) (answer, wrong string)
	Next   string
	// Take is given text and files that AskMedia waits for, or that another step
	// welcomes beside its options. It reports whether it dealt with them.
	Take func(*Ctx) bool
	// Skip passes the step over.
	Skip func(*Ctx) bool
	// Enter runs before the step is shown. It may go elsewhere.
	Enter func(*Ctx)
}

// An Option is one way on from a step.
type Option struct {
	ID    string
	Emoji string
	// Key is the label; "" is "flow.step.ID". Label is used as it is, for names
	// of languages; Text overrides both, for labels with values.
	Key   string
	Label string
	Text  *Text
	// Do runs when the option is taken, before To. If Hide says so the option is
	// not offered.
	Do   func(*Ctx)
	Hide func(*Ctx) bool
	// Word says that it is never counted where choices have numbers: there a number is an
	// answer itself.
	Word bool
	// To is a step of the same flow, "flow/step", or one of the ends below.
	To string
}

// at is the option's ID below a message of the step; a button about a meeting has the same
// wherever it stands, and so has one about a page or a campaign.
func (o Option) at(step string) string {
	if strings.HasPrefix(o.ID, dateButton) || strings.HasPrefix(o.ID, pageButton) || strings.HasPrefix(o.ID, surveyButton) {
		return o.ID
	}
	return step + "/" + o.ID
}

// Ends: where a flow can stop.
const (
	Done = "done" // the flow is over: back to what it interrupted, or the menu
	Menu = "menu" // the menu, whatever was interrupted
	Stay = "stay" // Do has said what is to be said; the step goes on
)

// Limits of a conversation.
const (
	MaxBody      = 3000     // UTF-16 units of a question or an answer: with its frame it fits one message everywhere
	MaxFiles     = 5        // per question
	MaxFileBytes = 10 << 20 // per file
	MaxOpen      = 3        // inquiries of one person that are open at once (S-03)
	MaxKept      = 25       // inquiries of one person that are kept at once, ended ones included
	maxVisits    = 20       // steps passed through for one event: more is a loop in a flow
	maxBack      = 20       // steps remembered for "back"
)
