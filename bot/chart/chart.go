// Package chart draws numbers as bars, as a PNG that every chat shows.
package chart

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-analyze/charts"
)

// Bars are numbers of one kind, drawn from top to bottom.
type Bars struct {
	Title string
	Bars  []Bar
}

// A Bar is a number and what it counts. Said stands behind it in place of the number,
// unless it is ""; behind a bar of nothing stands no number.
type Bar struct {
	Label string
	N     int
	Said  string
}

// Sizes in pixels: legible on a phone, where the picture is half as wide.
const (
	width   = 1000
	margin  = 24
	line    = 40 // of the head
	gap     = 24 // above the title
	titled  = 64 // above the bars
	perBar  = 46
	perPair = 76
	letters = 20.0
)

// blue is told from white, and from orange, by everybody, whatever colours they see.
var (
	blue   = charts.ColorRGB(0x1f, 0x5f, 0x9f)
	orange = charts.ColorRGB(0xd9, 0x7a, 0x1e)
)

// Draw is a picture of all of them below each other, under some lines of text.
func Draw(head []string, all []Bars) ([]byte, error) {
	height := 2*margin + line*len(head)
	for _, b := range all {
		if len(b.Bars) == 0 {
			return nil, errors.New("chart: there is nothing to draw")
		}
		height += gap + b.above() + perBar*len(b.Bars)
	}
	p, theme, top := sheet(head, height)
	for _, b := range all {
		top += gap
		bottom := top + b.above() + perBar*len(b.Bars)
		part := p.Child(charts.PainterBoxOption(charts.NewBox(margin, top, width-margin, bottom)))
		if err := part.BarChart(option(b, theme)); err != nil {
			return nil, err
		}
		top = bottom
	}
	return p.Bytes()
}

// above is the room for what stands above the bars.
func (b Bars) above() int {
	if b.Title == "" {
		return 0
	}
	return titled
}

// sheet is a white sheet with some lines of text, and where what is below them begins.
func sheet(head []string, height int) (p *charts.Painter, theme charts.ColorPalette, top int) {
	theme = charts.GetTheme(charts.ThemeLight).WithSeriesColors([]charts.Color{blue, orange}).WithTextColor(charts.ColorBlack)
	p = charts.NewPainter(charts.PainterOptions{
		OutputFormat: charts.ChartOutputPNG, Width: width, Height: height, Theme: theme, Font: charts.GetFont(charts.FontFamilyNotoSans),
	})
	p.FilledRect(0, 0, width, height, charts.ColorWhite, charts.ColorWhite, 0)
	top = margin
	for _, text := range head {
		p.Text(text, margin, top+line*2/3, 0, words())
		top += line
	}
	return p, theme, top
}

// lineLength is how many letters fit on a line of the head.
const lineLength = 78

// Lines are a long text as lines of a head.
func Lines(text string) []string {
	var out []string
	for _, word := range strings.Fields(text) {
		if n := len(out); n > 0 && utf8.RuneCountInString(out[n-1])+utf8.RuneCountInString(word) < lineLength {
			out[n-1] += " " + word
		} else {
			out = append(out, word)
		}
	}
	return out
}

// A Pair is two numbers of the same thing. The zero Bar is none.
type Pair struct {
	Label string
	A, B  Bar
}

// DrawPairs is a picture in which the numbers of each pair stand below each other, both
// sides in one scale: A in blue, B below it in orange, as the legend says.
func DrawPairs(title string, legend [2]string, all []Pair) ([]byte, error) {
	if len(all) == 0 {
		return nil, errors.New("chart: there is nothing to draw")
	}
	head := Lines(title)
	bottom := margin + line*len(head) + 2*titled + perPair*len(all)
	p, theme, top := sheet(head, bottom+margin)
	labels, sides := make([]string, len(all)), [2][]Bar{make([]Bar, len(all)), make([]Bar, len(all))}
	for i, pair := range all {
		at := len(all) - 1 - i // the library draws the first one at the bottom
		labels[at], sides[0][at], sides[1][at] = pair.Label, pair.A, pair.B
	}
	o := bars(labels, sides[:], theme)
	o.BarSize = 0.8
	o.Legend = charts.LegendOption{Show: charts.Ptr(true), SeriesNames: legend[:], FontStyle: words()}
	part := p.Child(charts.PainterBoxOption(charts.NewBox(margin, top, width-margin, bottom)))
	if err := part.BarChart(o); err != nil {
		return nil, err
	}
	return p.Bytes()
}

func words() charts.FontStyle {
	return charts.FontStyle{FontSize: letters, FontColor: charts.ColorBlack, Font: charts.GetFont(charts.FontFamilyNotoSans)}
}

// option is a chart of bars with their numbers behind them, and no axis that repeats
// these.
func option(b Bars, theme charts.ColorPalette) charts.BarChartOption {
	all, labels := slices.Clone(b.Bars), make([]string, len(b.Bars))
	slices.Reverse(all) // the library draws the first one at the bottom
	for i, bar := range all {
		labels[i] = bar.Label
	}
	o := bars(labels, [][]Bar{all}, theme)
	o.Title = charts.TitleOption{Text: b.Title, FontStyle: words()}
	return o
}

// bars is a chart of bars from left to right. What stands behind a bar in place of its
// number the library knows only by the number: it is told apart by thousandths, which
// nobody sees.
func bars(labels []string, all [][]Bar, theme charts.ColorPalette) charts.BarChartOption {
	var said []string
	values := make([][]float64, len(all))
	for i, side := range all {
		for _, bar := range side {
			value := float64(bar.N)
			if bar.Said != "" {
				if !slices.Contains(said, bar.Said) {
					said = append(said, bar.Said)
				}
				value += float64(slices.Index(said, bar.Said)+1) / 1000
			}
			values[i] = append(values[i], value)
		}
	}
	behind := func(value float64) string {
		whole := math.Floor(value)
		switch code := int(math.Round((value - whole) * 1000)); {
		case code > 0 && code <= len(said):
			return said[code-1]
		case value == 0:
			return ""
		}
		return strconv.Itoa(int(whole))
	}
	o := charts.NewBarChartOptionWithData(values)
	o.Theme, o.Horizontal, o.BarSize, o.ValueFormatter = theme, true, 0.6, behind
	o.Padding = charts.NewBoxEqual(0)
	o.Legend.Show = charts.Ptr(false)
	o.CategoryAxis.Labels, o.CategoryAxis.LabelFontStyle = labels, words()
	o.ValueAxis[0].Show, o.ValueAxis[0].Min = charts.Ptr(false), charts.Ptr(0.0)
	if slices.Max(slices.Concat(values...)) < 1 { // the library needs a scale
		o.ValueAxis[0].Max = charts.Ptr(1.0)
	}
	for i := range o.SeriesList {
		o.SeriesList[i].Label = charts.SeriesLabel{Show: charts.Ptr(true), FontStyle: words(), ValueFormatter: behind}
	}
	return o
}
