package locales

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A SlotKind says what stands in a slot of a template, and so how it is read and
// kept.
type SlotKind string

// The kinds of Slot, with what is kept of them.
const (
	DateSlot   SlotKind = "date"   // 2026-12-03
	TimeSlot   SlotKind = "time"   // 14:30
	PlaceSlot  SlotKind = "place"  // one line, as it was typed
	PhoneSlot  SlotKind = "phone"  // grouped by spaces, perhaps with + in front
	OfficeSlot SlotKind = "office" // one line, as it was typed
	AmountSlot SlotKind = "amount" // 1.234,50 €, as letters in Germany write it
)

var slotKinds = []SlotKind{DateSlot, TimeSlot, PlaceSlot, PhoneSlot, OfficeSlot, AmountSlot}

// MaxSlot is how many characters the value of a slot has at most.
const MaxSlot = 80

// ReadSlot reads what a coordinator typed for a slot: the value to be kept, or
// what is wrong with it ("date", "date.past", "date.far", "date.year",
// "date.weekday", "time", "line", "phone", "amount"). Digits may be of any script,
// weekdays German or those of lang. A date without a year is the next one there is;
// now tells which. What was read can be read again and stays the same.
func (w *Words) ReadSlot(lang string, kind SlotKind, typed string, now time.Time) (value, wrong string) {
	typed = strings.Map(asciiDigit, oneLine(Clean(typed)))
	switch kind {
	case DateSlot:
		return w.readDate(lang, typed, now.In(w.berlin))
	case TimeSlot:
		return readTime(typed)
	case PhoneSlot:
		return readPhone(typed)
	case AmountSlot:
		return readAmount(typed)
	}
	if utf8.RuneCountInString(typed) > MaxSlot || !strings.ContainsFunc(typed, isWord) {
		return "", "line"
	}
	return typed, ""
}

func asciiDigit(r rune) rune {
	if d, ok := digit(r); ok {
		return rune('0' + d)
	}
	return r
}

var (
	dayMonth = regexp.MustCompile(`^(?:(\pL+)\.?,? )?(\d{1,2})\. ?(\d{1,2})(?:\.(?: ?(\d{4}|\d{2}))?)?$`)
	isoDate  = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
	clock    = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2}))? ?(?:uhr|h)?$|^(\d{1,2}) ?uhr ?(\d{2})$`)
	euros    = regexp.MustCompile(`^(\d{1,7}|\d{1,3}(?:\.\d{3}){1,2})(?:,(\d{1,2}|-))?$|^(\d{1,7})\.(\d{2})$`)
)

// A date is at most two years ahead; without a year nine months, for the next
// 20 November is most likely last week's.
const farthest, farthestWithoutYear = 24, 9 // months

func (w *Words) readDate(lang, typed string, now time.Time) (string, string) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	weekday, year, month, day := "", 0, 0, 0
	if m := isoDate.FindStringSubmatch(typed); m != nil {
		year, month, day = number(m[1]), number(m[2]), number(m[3])
	} else if m := dayMonth.FindStringSubmatch(typed); m != nil {
		weekday, day, month, year = m[1], number(m[2]), number(m[3]), number(m[4])
		if len(m[4]) == 2 {
			year += 2000
		}
	} else {
		return "", "date"
	}
	given := year != 0
	if !given {
		year = today.Year()
		if time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Before(today) {
			year++
		}
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	switch {
	case at.Day() != day || int(at.Month()) != month:
		return "", "date"
	case at.Before(today):
		return "", "date.past"
	case at.After(today.AddDate(0, farthest, 0)):
		return "", "date.far"
	case !given && at.After(today.AddDate(0, farthestWithoutYear, 0)):
		return "", "date.year"
	case weekday != "" && !w.isWeekday(lang, weekday, at.Weekday()):
		return "", "date.weekday"
	}
	return at.Format(time.DateOnly), ""
}

// number is a run of at most seven digits; of none it is 0.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// isWeekday reports whether typed is the day's name in German or in lang, or its
// beginning.
func (w *Words) isWeekday(lang, typed string, day time.Weekday) bool {
	typed = Fold(typed)
	return slices.ContainsFunc(w.present("de", lang), func(t *tongue) bool {
		return len(typed) > 1 && strings.HasPrefix(Fold(t.weekdays[(day+6)%7]), typed)
	})
}

func readTime(typed string) (string, string) {
	m := clock.FindStringSubmatch(strings.ToLower(typed))
	if m == nil {
		return "", "time"
	}
	hour, minute := number(m[1]+m[3]), number(m[2]+m[4])
	if hour > 23 || minute > 59 {
		return "", "time"
	}
	return fmt.Sprintf("%02d:%02d", hour, minute), ""
}

// Of a phone number: 110 is the shortest in Germany, ITU-T E.164 ends at 15 digits.
const shortestPhone, longestPhone = 3, 15

func readPhone(typed string) (string, string) {
	typed = strings.Replace(typed, "(0)", "", 1) // as in +49 (0)341
	rest, abroad := strings.CutPrefix(typed, "+")
	if strings.Trim(rest, "0123456789 -–/().\u00a0") != "" {
		return "", "phone"
	}
	groups := strings.FieldsFunc(rest, func(r rune) bool { return !unicode.IsDigit(r) })
	if len(groups) > 0 && !abroad {
		if groups[0], abroad = strings.CutPrefix(groups[0], "00"); groups[0] == "" {
			groups = groups[1:]
		}
	}
	if n := len(strings.Join(groups, "")); n < shortestPhone || n > longestPhone {
		return "", "phone"
	}
	if len(groups) == 1 {
		groups = grouped(groups[0], abroad)
	}
	if abroad {
		groups[0] = "+" + groups[0]
	}
	return strings.Join(groups, " "), ""
}

// grouped splits a number that was typed in one go: what comes first (the code of
// Germany, an area with its 0), then threes, and four at the end rather than one.
func grouped(digits string, abroad bool) []string {
	var groups []string
	switch {
	case abroad && strings.HasPrefix(digits, "49"):
		groups, digits = append(groups, digits[:2]), digits[2:]
	case digits[0] == '0' && len(digits) > 6:
		groups, digits = append(groups, digits[:4]), digits[4:]
	}
	for len(digits) > 4 {
		groups, digits = append(groups, digits[:3]), digits[3:]
	}
	if digits != "" {
		groups = append(groups, digits)
	}
	return groups
}

// readAmount reads euros as Germans write them: 1.234 is more than a thousand, and
// 12.50 less than thirteen. 1,234 could be either, and 1,234.50 is English: neither
// is guessed.
func readAmount(typed string) (string, string) {
	typed = strings.ToLower(typed)
	for _, sign := range []string{"euro", "eur", "€"} {
		typed = strings.Trim(strings.TrimSuffix(strings.TrimPrefix(typed, sign), sign), " \u00a0")
	}
	m := euros.FindStringSubmatch(typed)
	if m == nil {
		return "", "amount"
	}
	cents := m[2] + m[4]
	if len(cents) == 1 && cents != "-" {
		cents += "0"
	}
	total := number(strings.ReplaceAll(m[1]+m[3], ".", ""))
	if total == 0 && number(cents) == 0 {
		return "", "amount"
	}
	said := strconv.Itoa(total)
	for i := len(said) - 3; i > 0; i -= 3 {
		said = said[:i] + "." + said[i:]
	}
	return fmt.Sprintf("%s,%02d\u00a0€", said, number(cents)), ""
}
