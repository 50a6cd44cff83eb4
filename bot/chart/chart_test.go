package chart

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"testing"
)

func draw(t *testing.T, head []string, all ...Bars) image.Image {
	t.Helper()
	raw, err := Draw(head, all)
	if err != nil {
		t.Fatal(err)
	}
	return shown(t, raw)
}

// shown is a picture as people see it.
func shown(t *testing.T, raw []byte) image.Image {
	t.Helper()
	if path := os.Getenv("LOTSE_SHOW_CHART"); path != "" { // to look at it
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// blueIn counts how wide the widest bar is in each of so many rows of equal height.
func widths(m image.Image) (all []int) {
	before := 0
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		n := 0
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			if r, g, b, _ := m.At(x, y).RGBA(); r>>8 == 0x1f && g>>8 == 0x5f && b>>8 == 0x9f {
				n++
			}
		}
		if n > 10 && before <= 10 {
			all = append(all, n)
		} else if n > 10 {
			all[len(all)-1] = max(n, all[len(all)-1])
		}
		before = n
	}
	return all
}

// Every number has a bar, from top to bottom, as long as it is large.
func TestDraw(t *testing.T) {
	m := draw(t, []string{"Erste Antwort nach 7 Arbeitsstunden (Median)", "Rechtzeitig: 83 %"},
		Bars{"Nach Thema", []Bar{{Label: "Brief von Amt, Jobcenter, Schule", N: 40}, {Label: "Kita und Schule", N: 20}, {Label: "Wohnen", N: 10}, {Label: "andere", N: 5}}},
		Bars{"Nach Sprache", []Bar{{Label: "Українська", N: 30}, {Label: "Русский, Türkçe, ąęő", N: 15}}})
	got := widths(m)
	if len(got) != 6 {
		t.Fatalf("%d bars: %v", len(got), got)
	}
	for i, share := range []float64{1, 0.5, 0.25, 0.125} {
		if ratio := float64(got[i]) / float64(got[0]); ratio < share-0.02 || ratio > share+0.02 {
			t.Errorf("bar %d is %v of the first, want %v", i, ratio, share)
		}
	}
	if ratio := float64(got[5]) / float64(got[4]); ratio < 0.48 || ratio > 0.52 {
		t.Errorf("the last bar is %v of the one above it", ratio)
	}
	if b := m.Bounds(); b.Dx() != width || b.Dy() != 2*margin+2*line+2*gap+2*titled+6*perBar {
		t.Errorf("%v", b)
	}
}

func TestOneBar(t *testing.T) {
	if got := widths(draw(t, nil, Bars{"Nach Sprache", []Bar{{Label: "Deutsch", N: 7}}})); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if _, err := Draw(nil, []Bars{{Title: "Nichts"}}); err == nil {
		t.Error("nothing was drawn")
	}
}

// Pairs have both sides in one scale; what is too small has words and no bar.
func TestPairs(t *testing.T) {
	raw, err := DrawPairs("Bedarf und Angebot: was Menschen in Grünau brauchen und was sie anbieten können, Befragung", [2]string{"Bedarf", "Angebot"}, []Pair{
		{"Dolmetschen", Bar{Label: "a", N: 40}, Bar{Label: "b", N: 10}}, {"Wohnen", Bar{Label: "a", N: 20}, Bar{}},
		{"Diskriminierung", Bar{Label: "a", Said: "< 5"}, Bar{}}, {"Räume", Bar{}, Bar{Label: "b", N: 20}},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := shown(t, raw)
	if got := widths(m); len(got) < 2 || !near(got[len(got)-1], got[len(got)-2], 0.5) { // the legend has a sign of that colour, too
		t.Errorf("blue bars %v", got)
	}
	if _, err := DrawPairs("", [2]string{}, nil); err == nil {
		t.Error("nothing was drawn")
	}
	none, err := DrawPairs("Nichts", [2]string{"Bedarf", "Angebot"}, []Pair{{"Wohnen", Bar{Label: "a", Said: "< 5"}, Bar{}}})
	if err != nil || len(none) == 0 {
		t.Errorf("a picture without bars: %v", err)
	}
}

func near(n, of int, share float64) bool {
	ratio := float64(n) / float64(of)
	return ratio > share-0.02 && ratio < share+0.02
}
