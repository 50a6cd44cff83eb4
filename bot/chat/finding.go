package chat

// A Finding is one line of lotse doctor. Text is for the operator, in German, and
// says what to do unless Level is Fine.
type Finding struct {
	Level Level
	Code  string // stable, for programs and tests
	Text  string
}

// A Level says how bad a Finding is.
type Level string

// The levels of findings.
const (
	Fine    Level = "ok"
	Warning Level = "warn" // it works, but not everything or not well
	Broken  Level = "error"
)

// Finding makes one of this level.
func (l Level) Finding(code, text string) Finding { return Finding{l, code, text} }
