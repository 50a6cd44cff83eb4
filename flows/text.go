package flows

import "time"

// A Text is something to say, in no language yet: a key of the catalogues and
// the values that go into it.
type Text struct {
	Key  string
	Args []Arg
	// Lang says it in another language than the reader's: "" is the reader's.
	Lang string
}

// An ArgKind says how a value is written and isolated (domain rules L-R1…L-R5).
type ArgKind int

// The kinds of Arg.
const (
	Word   ArgKind = iota // Text is itself a key
	Count                 // N chooses the plural form
	Number                // N without plural
	Code                  // phone, number of an inquiry, address: read left to right
	Name                  // a name of people or places
	Quote                 // somebody's own words, on lines of their own
	Day                   // At: weekday and date
	When                  // At: weekday, date and time
	Clock                 // At: time of day
	Date                  // At: date without the weekday, for a button
)

// An Arg is one value of a Text.
type Arg struct {
	Name string
	Kind ArgKind
	Text string
	N    int
	At   time.Time
}

func say(key string, args ...Arg) Text { return Text{Key: key, Args: args} }

func word(name, key string) Arg          { return Arg{Name: name, Kind: Word, Text: key} }
func code(name, text string) Arg         { return Arg{Name: name, Kind: Code, Text: text} }
func named(name, text string) Arg        { return Arg{Name: name, Kind: Name, Text: text} }
func quote(name, text string) Arg        { return Arg{Name: name, Kind: Quote, Text: text} }
func number(name string, n int) Arg      { return Arg{Name: name, Kind: Number, N: n} }
func when(name string, t time.Time) Arg  { return Arg{Name: name, Kind: When, At: t} }
func clock(name string, t time.Time) Arg { return Arg{Name: name, Kind: Clock, At: t} }
func day(name string, t time.Time) Arg   { return Arg{Name: name, Kind: Day, At: t} }
func date(name string, t time.Time) Arg  { return Arg{Name: name, Kind: Date, At: t} }
