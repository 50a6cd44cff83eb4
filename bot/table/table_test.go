package table

import (
	"bytes"
	"testing"
)

func TestCSV(t *testing.T) {
	got, err := CSV([][]string{
		{"Frage", "Anzahl"}, {"Wohnen; Miete", "12"}, {"\"so\"", "< 5"}, {"zwei\nZeilen", "–"}, {"ما هو", "5"},
		{"=1+1", "+49"}, {"-1", "@a"}, {" =1", "\t=1"}, {"\u2066=1", "a=b"}, {"＝1", ""},
	})
	want := "\ufeffFrage;Anzahl\r\n\"Wohnen; Miete\";12\r\n\"\"\"so\"\"\";< 5\r\n\"zwei\r\nZeilen\";–\r\nما هو;5\r\n" +
		"'=1+1;'+49\r\n'-1;'@a\r\n' =1;'\t=1\r\n'\u2066=1;a=b\r\n'＝1;\r\n"
	if err != nil || !bytes.Equal(got, []byte(want)) {
		t.Errorf("%v\n%q\nwant\n%q", err, got, want)
	}
}
