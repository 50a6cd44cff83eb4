// Package board makes the pages that anybody may read without a login: the dates, and a
// notice of one for notice boards. It knows how they look, and no word of any language:
// every text comes in its view model. The pages need no scripts, ask no third party for
// anything and set no cookies (P-30); they are made for WCAG 2.2 AA.
package board

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	qr "github.com/piglig/go-qr"
)

//go:embed dates.html notice.html parts.html style.css
var files embed.FS

// Style is the style sheet of all pages. Its address is in every Frame.
func Style() ([]byte, error) { return files.ReadFile("style.css") }

// Policy is the Content-Security-Policy of all pages.
const Policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A Tongue is a language as HTML names it.
type Tongue struct {
	Lang string // BCP 47
	Dir  string // "ltr" or "rtl"
}

// A Frame is what every page has.
type Frame struct {
	Tongue
	Title string
	Skip  string // label of the link that leads past the head
	Style string // address of Style
}

// A Link leads somewhere.
type Link struct {
	Tongue         // of its label; the zero one is the page's
	Label, Address string
	Here           bool // it is where one is
	File           bool // it is a file to keep
	Calendar       bool // Address is a webcal: one
}

// A Line is one line about a date.
type Line struct {
	Tongue // the zero one is the page's
	Emoji  string
	Text   string
	Strong bool // it says what must not be overlooked
	Item   bool // it is a point of the list that the line before it began
}

// Href is Address as a page may have it. The templates know no address that begins with
// webcal: and would take it for one that is dangerous.
func (l Link) Href() any {
	if l.Calendar && strings.HasPrefix(l.Address, "webcal://") {
		return template.URL(l.Address)
	}
	return l.Address
}

// Lines with their points.
type lines struct {
	Line
	Points []Line
}

// Dates is the page of all dates.
type Dates struct {
	Frame
	Lead      string
	Languages Menu
	Kinds     Menu
	Sections  []Section
	Calendar  Box
	Chat      Box
}

// A Menu is a row of links with a name.
type Menu struct {
	Name  string
	Links []Link
}

// A Box is some text with links below it.
type Box struct {
	Title string
	Lines []Line
	Links []Link
}

// A Section is a part of the page.
type Section struct {
	ID, Title string
	None      string // said when there are no dates
	Dates     []Date
}

// A Date is one meeting.
type Date struct {
	ID      string // its anchor
	Title   Line
	Kind    string
	Machine string // when it begins, for machines (RFC 3339)
	When    Line
	Gone    bool // it does not take place
	Lines   []Line
	Links   []Link // about it
	Papers  Menu
}

// Body are the lines with their points below them.
func (d Date) Body() []lines { return grouped(d.Lines) }

func grouped(all []Line) (out []lines) {
	for _, l := range all {
		if n := len(out); l.Item && n > 0 {
			out[n-1].Points = append(out[n-1].Points, l)
			continue
		}
		out = append(out, lines{Line: l})
	}
	return out
}

// A Notice is one date on a sheet of A4, in several languages.
type Notice struct {
	Frame
	Back  Link
	How   string // how to print it
	Pick  Pick
	Parts []Part
}

// A Pick lets choose the languages of a notice.
type Pick struct {
	Name, Do string
	Field    string // name in the query
	Choices  []Choice
}

// A Choice is one language of a Pick.
type Choice struct {
	Link
	Value   string
	Checked bool
}

// A Part is a date in one language.
type Part struct {
	Tongue
	First bool // the largest, with everything that is the same in all languages
	Date
	Scan string // what the code is for
	Code Code   // the zero one is none
}

// A Code is a QR code.
type Code struct {
	Address string
	Path    string // for SVG, in units of one module
	Size    int    // of a side, in modules with their margin
	Name    string // for who cannot see it
}

// quiet is the margin of a code, in modules (ISO/IEC 18004, 8.1).
const quiet = 4

// NewCode draws an address so that a telephone reads it from some distance and with a
// quarter of it damaged.
func NewCode(address, name string) (Code, error) {
	q, err := qr.EncodeText(address, qr.Quartile)
	if err != nil {
		return Code{}, fmt.Errorf("board: %w", err)
	}
	var path strings.Builder
	n := q.Size()
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for x < n && q.Module(x, y) {
				x++
			}
			if x > from {
				path.WriteString("M" + strconv.Itoa(from+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(x-from) + "v1h-" + strconv.Itoa(x-from) + "z")
			}
		}
	}
	return Code{Address: address, Path: path.String(), Size: n + 2*quiet, Name: name}, nil
}

// Pages are ready to be filled.
type Pages struct{ dates, notice *template.Template }

// New reads the templates.
func New() (*Pages, error) {
	read := func(name string) (*template.Template, error) { return template.ParseFS(files, name, "parts.html") }
	dates, err := read("dates.html")
	if err != nil {
		return nil, fmt.Errorf("board: %w", err)
	}
	notice, err := read("notice.html")
	if err != nil {
		return nil, fmt.Errorf("board: %w", err)
	}
	return &Pages{dates, notice}, nil
}

// Dates writes the page of all dates.
func (p *Pages) Dates(w io.Writer, d Dates) error { return fill(w, p.dates, d) }

// Notice writes a notice.
func (p *Pages) Notice(w io.Writer, n Notice) error { return fill(w, p.notice, n) }

// fill writes all of a page or nothing.
func fill(w io.Writer, t *template.Template, v any) error {
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("board: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}
