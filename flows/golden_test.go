package flows

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestGraph(t *testing.T) {
	got := Graph(Flows())
	const file = "testdata/graph.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the graph has changed; look at it, then go test ./flows -update:\n%s", got)
	}
	if Graph(Flows()) != got {
		t.Error("the graph is not the same twice")
	}
}

// TestShipped keeps the list of IDs: what stands in it may be on a phone.
func TestShipped(t *testing.T) {
	const file = "testdata/steps.golden"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	listed, now := strings.Fields(string(raw)), IDs(Flows())
	if *update {
		listed = slices.Compact(slices.Sorted(slices.Values(append(listed, now...))))
		if err := os.WriteFile(file, []byte(strings.Join(listed, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range now {
		if !slices.Contains(listed, id) {
			t.Errorf("%s is new: go test ./flows -update", id)
		}
	}
	for _, id := range listed {
		if _, moved := Moved[id]; !moved && !slices.Contains(now, id) {
			t.Errorf("%s was shipped and is gone: bring it back, or write it into Moved", id)
		}
	}
}
