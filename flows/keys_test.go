package flows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A source is what Go files say: the keys that stand in them as they are said,
// and every literal, of which some are only the beginning of a key.
type source struct {
	said     map[string]string // key → where
	literals map[string]bool
}

// aKey is the shape of keys; other literals that are called "Key" are no keys.
var aKey = regexp.MustCompile(`^[a-z]+(\.[a-z]+)*$`)

// readSource reads the files of a folder, without tests and without this
// package's own lists of keys.
func readSource(t *testing.T, pattern string) source {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	src := source{map[string]string{}, map[string]bool{}}
	set := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "keys.go" {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool { return src.look(set, n) })
	}
	return src
}

func (src *source) look(set *token.FileSet, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		if s, ok := literal(n); ok {
			src.literals[s] = true
		}
	case *ast.CallExpr:
		for i, arg := range n.Args {
			if name := calledName(n); name == "word" && i == 1 || strings.HasPrefix(name, "say") && i == 0 {
				src.say(set, arg)
			}
		}
	case *ast.CompositeLit:
		if isList(n.Type) {
			return false // Step.Keys names keys, it does not say them
		}
	case *ast.KeyValueExpr:
		name, ok := n.Key.(*ast.Ident)
		if ok && name.Name == "Keys" {
			return false
		}
		if ok && name.Name == "Key" {
			src.say(set, n.Value)
		}
	}
	return true
}

func (src *source) say(set *token.FileSet, e ast.Expr) {
	if s, ok := literal(e); ok && aKey.MatchString(s) {
		src.said[s] = set.Position(e.Pos()).String()
	}
}

// isList is true for []string, of which no list holds keys that are said.
func isList(e ast.Expr) bool {
	list, ok := e.(*ast.ArrayType)
	if !ok {
		return false
	}
	elem, ok := list.Elt.(*ast.Ident)
	return ok && elem.Name == "string"
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// has tells whether a key stands in the source, whole or as "beginning." + more.
func (src source) has(key string) bool {
	if src.literals[key] {
		return true
	}
	for i, r := range key {
		if r == '.' && src.literals[key[:i+1]] {
			return true
		}
	}
	return false
}

// TestKeysAreWhatIsSaid holds the lists of keys.go against the code, both ways.
func TestKeysAreWhatIsSaid(t *testing.T) {
	all := Keys(Flows(), []string{"de"}, testTopics, testHotlines)
	ours, bots, mains := readSource(t, "*.go"), readSource(t, "../bot/*.go"), readSource(t, "../*.go")
	if len(ours.said) < 50 {
		t.Fatalf("found only %d keys in flows: the test looks in the wrong place", len(ours.said))
	}
	for _, src := range []source{ours, bots} {
		for key, where := range src.said {
			if !slices.Contains(all, key) {
				t.Errorf("%s: %q is said and missing in keys.go", where, key)
			}
		}
	}
	for _, key := range slices.Concat(spoken, meetingKeys, importKeys, newsKeys, planKeys) {
		if !ours.has(key) {
			t.Errorf("%q is in keys.go and nobody in flows says it", key)
		}
	}
	for _, f := range Flows() {
		for _, st := range f.Steps {
			for _, key := range st.Keys {
				if !ours.has(key) {
					t.Errorf("%s/%s: %q is in Keys and nobody says it", f.ID, st.ID, key)
				}
			}
		}
	}
	for _, key := range slices.Concat(spokenByBot, publicKeys) {
		if !bots.has(key) {
			t.Errorf("%q is in spokenByBot and nobody in bot says it", key)
		}
	}
	for _, key := range spokenByMain {
		if !mains.has(key) {
			t.Errorf("%q is in spokenByMain and nobody in main says it", key)
		}
	}
	for i, key := range all {
		if i > 0 && all[i-1] == key || !aKey.MatchString(strings.ReplaceAll(key, "-", "")) {
			t.Errorf("%q is no key, or there twice", key)
		}
	}
}
