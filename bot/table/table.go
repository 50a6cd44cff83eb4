// Package table writes rows as a file that office programs open.
package table

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// CSV are rows with ";" between their cells, in UTF-8 with a mark at the beginning: so the
// German Excel reads them without asking.
func CSV(rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = harmless(cell)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// harmless is a cell that no office program takes for a formula: it would be carried out on
// the computer of whoever opens the file (OWASP, "CSV Injection"). Some of them look past
// what is not seen.
func harmless(cell string) string {
	seen := strings.TrimLeft(cell, " \t\r\n\u00a0\u200b\u200e\u200f\u2066\u2067\u2068\u2069\ufeff")
	if seen != "" && strings.ContainsRune("=+-@＝＋－＠|%", []rune(seen)[0]) || strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		return "'" + cell
	}
	return cell
}
