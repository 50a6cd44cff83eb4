package chat

import "testing"

func TestParsePlace(t *testing.T) {
	for uri, want := range map[string]string{
		"geo:51.31,12.28":              "geo:51.310000,12.280000",
		"geo:51.3123456,-12.28;u=35":   "geo:51.312346,-12.280000",
		"GEO:-51,12,140;crs=WGS84;u=1": "geo:-51.000000,12.000000",
		"geo:90,180":                   "geo:90.000000,180.000000",
		"geo:1,2;crs=moon-2011":        "",
		"geo:91,12":                    "",
		"geo:51,181":                   "",
		"geo:NaN,12":                   "",
		"geo:51":                       "",
		"geo:51,12,0,0":                "",
		"geo:a,b":                      "",
		"https://example.org":          "",
		"geo":                          "",
		"":                             "",
	} {
		f, ok := ParsePlace(uri, "Stadtteilladen")
		if ok != (want != "") || f.Ref != want || ok && (f.Kind != Place || f.Name != "Stadtteilladen") {
			t.Errorf("%q is %+v, %v", uri, f, ok)
		}
		if north, east, is := f.Where(); is != ok || ok && "geo:"+north+","+east != want {
			t.Errorf("%q is at %q, %q, %v", uri, north, east, is)
		}
	}
	if _, _, ok := (File{Kind: Photo, Ref: "geo:1,2"}).Where(); ok {
		t.Error("a photo is no place")
	}
}

func FuzzParsePlace(f *testing.F) {
	for _, uri := range []string{"geo:51.31,12.28", "geo:1,2,3;crs=wgs84;u=1", "geo:1e9,2", "geo:0x1p-2,1"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		place, ok := ParsePlace(uri, "")
		if _, _, where := place.Where(); where != ok {
			t.Errorf("%q is %+v", uri, place)
		}
		if again, ok2 := ParsePlace(place.Ref, ""); ok && (!ok2 || again.Ref != place.Ref) {
			t.Errorf("%q is %+v, and then %+v", uri, place, again)
		}
	})
}
