package locales

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed cldr.json
var cldrJSON []byte

// A cldr is what cldr.json knows about a language. The file is a part of the
// Unicode Common Locale Data Repository, made once by a script and edited by
// hand since; its licence stands in it.
type cldr struct {
	Tag, Name, Dir string
	Plural         []string         // the forms a catalogue must have
	Examples       map[string][]int // numbers of each form
	Weekdays       []string         // Monday first
}

// loadCLDR is the content of cldr.json, in the order of the language picker.
func loadCLDR() ([]cldr, error) {
	var file struct{ Languages []cldr }
	if err := json.Unmarshal(cldrJSON, &file); err != nil {
		return nil, fmt.Errorf("locales: cldr.json: %w", err)
	}
	return file.Languages, nil
}
