package locales

import "strings"

// instead lists, by the language of a client, what its reader most likely reads
// of ours, best first. Amharic has no Tigrinya: they are two languages.
var instead = map[string][]string{
	"prs": {"fa"}, "pes": {"fa"},
	"kmr": {"ku"}, "kur": {"ku"}, "ckb": {"ku", "ar", "en"},
	"ua": {"uk"}, "mo": {"ro"},
	"be": {"ru", "en"}, "kk": {"ru", "en"}, "ky": {"ru", "en"}, "uz": {"ru", "en"},
	"tg": {"ru", "en"}, "hy": {"ru", "en"}, "az": {"ru", "en"}, "ka": {"ru", "en"},
	"ur": {"en"}, "hi": {"en"}, "pa": {"en"}, "am": {"en"},
}

// Tag is the loaded language that a client's language code (IETF tag, as clients
// in the wild write it: "fa-raw", "PT_br") suggests, or "". It is the language
// of the client, not of the person: use it to sort a picker, never to choose.
func (w *Words) Tag(hint string) string {
	tag := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(hint)), "_", "-")
	if w.tongues[tag] != nil {
		return tag
	}
	tag, _, _ = strings.Cut(tag, "-")
	if w.tongues[tag] != nil {
		return tag
	}
	for _, other := range instead[tag] {
		if w.tongues[other] != nil {
			return other
		}
	}
	return ""
}
