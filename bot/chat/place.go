package chat

import (
	"fmt"
	"strconv"
	"strings"
)

// NewPlace is a place on the map, in degrees north and east (WGS 84), and what it is
// called, perhaps "". It is a File whose Ref is its geo URI (RFC 5870); of no Platform,
// as every network can show it.
func NewPlace(north, east float64, name string) File {
	return File{Kind: Place, Ref: fmt.Sprintf("geo:%.6f,%.6f", north, east), Name: name} // six digits are a step on the pavement
}

// ParsePlace is the place that a geo URI names. Its height and how exact it is are
// dropped; one on another globe, or on none, is not ok.
func ParsePlace(uri, name string) (place File, ok bool) {
	const scheme = "geo:"
	if len(uri) < len(scheme) || !strings.EqualFold(uri[:len(scheme)], scheme) {
		return File{}, false
	}
	coordinates, parameters, _ := strings.Cut(uri[len(scheme):], ";")
	if of, found := strings.CutPrefix(strings.ToLower(parameters), "crs="); found {
		if of, _, _ = strings.Cut(of, ";"); of != "wgs84" { // it must be the first (RFC 5870, 3.3)
			return File{}, false
		}
	}
	numbers := strings.Split(coordinates, ",")
	if len(numbers) != 2 && len(numbers) != 3 {
		return File{}, false
	}
	north, errNorth := strconv.ParseFloat(numbers[0], 64)
	east, errEast := strconv.ParseFloat(numbers[1], 64)
	if errNorth != nil || errEast != nil || !(north >= -90 && north <= 90) || !(east >= -180 && east <= 180) {
		return File{}, false
	}
	return NewPlace(north, east, name), true
}

// Where is where a place is, as two numbers in decimal notation; ok is false for a file
// that is none.
func (f File) Where() (north, east string, ok bool) {
	if f.Kind != Place {
		return "", "", false
	}
	if _, ok = ParsePlace(f.Ref, ""); !ok {
		return "", "", false
	}
	north, east, ok = strings.Cut(strings.TrimPrefix(f.Ref, "geo:"), ",")
	return north, east, ok
}
