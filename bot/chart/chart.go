// Package chart draws numbers as bars, as a PNG that every chat shows.
package chart

import (
	"errors"
	"strconv"

	"github.com/go-analyze/charts"
)

// Bars are numbers of one kind, drawn from top to bottom.
type Bars struct {
	Title string
	Bars  []Bar
}

// A Bar is a number and what it counts.
type Bar struct {
	Label string
	N     int
}

// Sizes in pixels: legible on a phone, where the picture is half as wide.
const (
	width   = 1000
	margin  = 24
	line    = 40 // of the head
	gap     = 24 // above the title
	titled  = 64 // above the bars
	perBar  = 46
	letters = 20.0
)

// blue is told from white by everybody, whatever colours they see.
var blue = charts.ColorRGB(0x1f, 0x5f, 0x9f)

// Draw is a picture of all of them below each other, under some lines of text.
func Draw(head []string, all []Bars) ([]byte, error) {
	height := 2*margin + line*len(head)
	for _, b := range all {
		if len(b.Bars) == 0 {
			return nil, errors.New("chart: there is nothing to draw")
		}
		height += gap + titled + perBar*len(b.Bars)
	}
	theme := charts.GetTheme(charts.ThemeLight).WithSeriesColors([]charts.Color{blue}).WithTextColor(charts.ColorBlack)
	p := charts.NewPainter(charts.PainterOptions{
		OutputFormat: charts.ChartOutputPNG, Width: width, Height: height, Theme: theme, Font: charts.GetFont(charts.FontFamilyNotoSans),
	})
	p.FilledRect(0, 0, width, height, charts.ColorWhite, charts.ColorWhite, 0)
	top := margin
	for _, text := range head {
		p.Text(text, margin, top+line*2/3, 0, words())
		top += line
	}
	for _, b := range all {
		top += gap
		bottom := top + titled + perBar*len(b.Bars)
		part := p.Child(charts.PainterBoxOption(charts.NewBox(margin, top, width-margin, bottom)))
		if err := part.BarChart(option(b, theme)); err != nil {
			return nil, err
		}
		top = bottom
	}
	return p.Bytes()
}

func words() charts.FontStyle {
	return charts.FontStyle{FontSize: letters, FontColor: charts.ColorBlack, Font: charts.GetFont(charts.FontFamilyNotoSans)}
}

// option is a chart of bars with their numbers behind them, and no axis that repeats
// these.
func option(b Bars, theme charts.ColorPalette) charts.BarChartOption {
	values, labels := make([]float64, len(b.Bars)), make([]string, len(b.Bars))
	for i, bar := range b.Bars {
		at := len(b.Bars) - 1 - i // the library draws the first one at the bottom
		values[at], labels[at] = float64(bar.N), bar.Label
	}
	o := charts.NewBarChartOptionWithData([][]float64{values})
	number := func(f float64) string { return strconv.Itoa(int(f)) }
	o.Theme, o.Horizontal, o.BarSize, o.ValueFormatter = theme, true, 0.6, number
	o.Padding = charts.NewBoxEqual(0)
	o.Title = charts.TitleOption{Text: b.Title, FontStyle: words()}
	o.Legend.Show = charts.Ptr(false)
	o.CategoryAxis.Labels, o.CategoryAxis.LabelFontStyle = labels, words()
	o.ValueAxis[0].Show, o.ValueAxis[0].Min = charts.Ptr(false), charts.Ptr(0.0)
	o.SeriesList[0].Label = charts.SeriesLabel{Show: charts.Ptr(true), FontStyle: words(), ValueFormatter: number}
	return o
}
