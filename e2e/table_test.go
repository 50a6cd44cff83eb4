package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"lotse/bot/table"
)

// The reader of tables in browsers (MIT), fetched and not kept.
const (
	papaPackage = "papaparse@5.7.1"
	papaSum     = "qOR+UDWv6D3hMxnWWOk0ZpBdCkd+kw5Yh7aXOaNSQU8A+73EA2bhW7EiUix/hY0yulUi5FRvt7PpYSI2VDvY0g=="
)

// TestTable has tables that the desk gets read by a program that others wrote: every cell
// is what was written, none is a formula, and where cells end it finds out by itself.
func TestTable(t *testing.T) {
	library := fetchPackage(t, papaPackage, papaSum, "package/papaparse.js")
	rows := [][]string{{"ID", "Frage", "Antwort", "Anzahl"}}
	for i, cell := range []string{
		"Wohnen; Miete", "\"in Anführung\"", "zwei\nZeilen", "«Kita»", "ماذا يحتاج الناس؟", "\u2068Grünau\u2069", "Що потрібно?", "🏘, 🧸", "< 5", "–", "'", "a=b", " ", "\\;",
	} {
		rows = append(rows, []string{fmt.Sprint(i), cell, cell, "12"})
	}
	want := slices.Clone(rows)
	for _, cell := range []string{"=HYPERLINK(\"https://example.org\";\"x\")", "+49 341", "-1", "@SUM(A1)", "\t=1", " =1", "\u2066=1"} {
		rows, want = append(rows, []string{"x", cell, "", "5"}), append(want, []string{"x", "'" + cell, "", "5"})
	}
	raw, err := table.CSV(rows)
	if err != nil {
		t.Fatal(err)
	}
	const script = `
const Papa = require('./papaparse.js');
const got = Papa.parse(require('node:fs').readFileSync(0, 'utf8'), { skipEmptyLines: true });
if (got.errors.length) throw new Error(JSON.stringify(got.errors));
console.log(JSON.stringify({ Rows: got.data, Between: got.meta.delimiter }));`
	dir := t.TempDir()
	for name, text := range map[string]string{"papaparse.js": library, "read.js": script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "read.js")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(raw)
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("papaparse: %v", err)
	}
	var got struct {
		Rows    [][]string
		Between string
	}
	if err := json.Unmarshal(said, &got); err != nil {
		t.Fatal(err)
	}
	if got.Between != ";" || len(got.Rows) != len(want) {
		t.Fatalf("%q between cells, %d rows of %d", got.Between, len(got.Rows), len(want))
	}
	for i, row := range got.Rows {
		for j := range row { // a line ends with CR and LF in the file, inside cells as well
			row[j] = string(bytes.ReplaceAll([]byte(row[j]), []byte("\r\n"), []byte("\n")))
		}
		if !slices.Equal(row, want[i]) {
			t.Errorf("row %d is %q, want %q", i, row, want[i])
		}
	}
}
