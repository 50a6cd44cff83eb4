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
		Bars{"Nach Thema", []Bar{{"Brief von Amt, Jobcenter, Schule", 40}, {"Kita und Schule", 20}, {"Wohnen", 10}, {"andere", 5}}},
		Bars{"Nach Sprache", []Bar{{"Українська", 30}, {"Русский, Türkçe, ąęő", 15}}})
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
	if got := widths(draw(t, nil, Bars{"Nach Sprache", []Bar{{"Deutsch", 7}}})); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if _, err := Draw(nil, []Bars{{Title: "Nichts"}}); err == nil {
		t.Error("nothing was drawn")
	}
}
