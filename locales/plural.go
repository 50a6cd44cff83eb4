package locales

// Plural is the plural form of n things in lang: zero, one, two, few, many or
// other. It knows the whole numbers ≥ 0 of the languages in cldr.json (CLDR 48
// plural rules, cardinal); a negative number and an unknown language are other.
func Plural(lang string, n int) string {
	if n < 0 {
		return "other"
	}
	switch lang {
	case "ar":
		return pluralArabic(n)
	case "uk", "ru":
		return pluralSlavic(n, n%10 == 1 && n%100 != 11)
	case "pl":
		return pluralSlavic(n, n == 1)
	case "ro":
		return pluralRomanian(n)
	case "fa", "ti":
		return pluralOne(n <= 1)
	case "fr":
		return pluralMillion(n, n <= 1)
	case "es":
		return pluralMillion(n, n == 1)
	case "de", "de-simple", "en", "ps", "ku", "tr", "so", "sq", "bg", "hu", "ckb", "ka":
		return pluralOne(n == 1)
	}
	return "other" // vi has nothing else
}

func pluralOne(one bool) string {
	if one {
		return "one"
	}
	return "other"
}

func pluralMillion(n int, one bool) string {
	if n != 0 && n%1_000_000 == 0 {
		return "many"
	}
	return pluralOne(one)
}

func pluralArabic(n int) string {
	switch r := n % 100; {
	case n == 0:
		return "zero"
	case n == 1:
		return "one"
	case n == 2:
		return "two"
	case r >= 3 && r <= 10:
		return "few"
	case r >= 11:
		return "many"
	}
	return "other"
}

func pluralSlavic(n int, one bool) string {
	teen := n%100 >= 12 && n%100 <= 14
	switch r := n % 10; {
	case one:
		return "one"
	case r >= 2 && r <= 4 && !teen:
		return "few"
	}
	return "many"
}

func pluralRomanian(n int) string {
	switch r := n % 100; {
	case n == 1:
		return "one"
	case n == 0 || r >= 1 && r <= 19:
		return "few"
	}
	return "other"
}
