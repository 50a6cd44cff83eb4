package board

import (
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"
)

// What is drawn for SVG is what a reader of codes reads.
func TestCode(t *testing.T) {
	const address = "https://t.me/lotse_test_bot?start=ar_meetings"
	c, err := NewCode(address, "QR")
	if err != nil {
		t.Fatal(err)
	}
	const scale = 8
	drawn := image.NewGray(image.Rect(0, 0, c.Size*scale, c.Size*scale))
	for i := range drawn.Pix {
		drawn.Pix[i] = 255
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(c.Path, -1) {
		var n [3]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1])
		}
		for y := n[1] * scale; y < (n[1]+1)*scale; y++ {
			for x := n[0] * scale; x < (n[0]+n[2])*scale; x++ {
				drawn.SetGray(x, y, color.Gray{})
			}
		}
	}
	if got, err := qr.Decode(drawn); err != nil || got != address {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := NewCode(strings.Repeat("x", 5000), ""); err == nil {
		t.Error("5,000 letters fit no code")
	}
}

const evil = `"><script>alert(1)</script><a href="javascript:alert(1)">`

// FuzzPages: whatever stands in a view model, it is text on the page.
func FuzzPages(f *testing.F) {
	f.Add(evil)
	f.Add("{{.Title}}\u202e\x00")
	f.Add("javascript:alert(1)")
	p, err := New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, want := page(p, t, s), page(p, t, "x")
		if strings.Count(all, "<") > strings.Count(want, "<") || hostile.MatchString(all) {
			t.Errorf("%q does not stay text\n%s", s, all)
		}
	})
}

var hostile = regexp.MustCompile(`(?i)<script|(href|src|action)="?\s*(javascript\s*:|data:text)`)

func page(p *Pages, t *testing.T, s string) string {
	line := Line{Emoji: s, Text: s, Tongue: Tongue{s, s}}
	link := Link{Label: s, Address: s, Tongue: Tongue{s, s}}
	date := Date{ID: s, Title: line, Kind: s, Machine: s, When: line, Lines: []Line{line, {Text: s, Item: true}}, Links: []Link{link}, Papers: Menu{s, []Link{link}}}
	frame := Frame{Tongue: Tongue{s, s}, Title: s, Skip: s, Style: s}
	var b strings.Builder
	err := p.Dates(&b, Dates{Frame: frame, Lead: s, Languages: Menu{s, []Link{link}}, Kinds: Menu{s, []Link{link}},
		Sections: []Section{{ID: s, Title: "x" + s, Dates: []Date{date}}}, Calendar: Box{"x" + s, []Line{line}, []Link{link, {Label: s, Address: "webcal://" + s, Calendar: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	code := Code{Address: s, Path: "x" + s, Size: 3, Name: s}
	err = p.Notice(&b, Notice{Frame: frame, Back: link, How: s, Pick: Pick{s, s, s, []Choice{{link, s, true}}}, Parts: []Part{{Tongue{s, s}, true, date, s, code}}})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
