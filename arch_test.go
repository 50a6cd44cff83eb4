package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows is the drawing of the architecture: which of our packages each of them
// may import. Those that nothing here names import nothing of ours.
var arrows = map[string][]string{
	".":                      {"bot", "bot/chat", "bot/links", "bot/matrix", "bot/pace", "bot/telegram", "bot/terminal", "bot/web", "flows", "locales", "store", "store/bolt", "store/seal"},       // wires
	"bot":                    {"bot/board", "bot/calendar", "bot/chat", "bot/chart", "bot/links", "bot/pace", "bot/picture", "bot/table", "flows", "flows/data", "locales", "store", "store/seal"}, // carries it out
	"bot/board":              {},
	"bot/calendar":           {},
	"bot/chart":              {},
	"bot/table":              {},
	"bot/chat":               {}, // names things
	"bot/links":              {},
	"bot/pace":               {},
	"bot/picture":            {},
	"bot/matrix":             {"bot/chat", "bot/matrix/cryptostore", "bot/retry", "bot/split", "store"}, // translates
	"bot/matrix/cryptostore": {"store"},                                                                 // lets a library remember
	"bot/platformtest":       {"bot/chat"},
	"bot/retry":              {},
	"bot/split":              {"bot/chat"},
	"bot/telegram":           {"bot/chat", "bot/retry", "bot/split"}, // translates
	"bot/terminal":           {"bot/chat", "bot/retry"},              // translates
	"bot/web":                {"bot/chat", "bot/retry", "bot/split"}, // translates
	"flows":                  {"bot/chat"},                           // decides
	"flows/data":             {},
	"locales":                {}, // speaks
	"store":                  {}, // remembers
	"store/bolt":             {"store"},
	"store/seal":             {"store"},
	"store/storetest":        {"store"},
}

// pure is what a package that decides must not know: the outside, and chance.
var pure = regexp.MustCompile(`^(context|os|net|net/.*|sync|sync/.*|log|log/.*|math/rand|math/rand/.*|crypto/rand|io/fs|syscall|unsafe)$`)

// A source is one file of ours that ends up in the program.
type source struct {
	folder, path string
	tree         *ast.File
}

// sources parses all of them; other modules in subfolders are not ours.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && p != "." {
			if _, err := os.Stat(filepath.Join(p, "go.mod")); err == nil || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" {
				return fs.SkipDir
			}
		}
		if entry.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		all = append(all, source{path.Dir(p), p, tree})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestArrows(t *testing.T) {
	drawn := map[string]bool{}
	for _, f := range sources(t) {
		allowed, known := arrows[f.folder]
		if !known {
			t.Errorf("%s: the drawing does not know the package", f.path)
		}
		for _, spec := range f.tree.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			ours, is := strings.CutPrefix(name, "lotse/")
			if is && !slices.Contains(allowed, ours) {
				t.Errorf("%s: there is no arrow from %s to %s", f.path, f.folder, ours)
			}
			drawn[f.folder+" → "+ours] = is
		}
	}
	for from, to := range arrows {
		for _, to := range to {
			if !drawn[from+" → "+to] {
				t.Errorf("the arrow from %s to %s is drawn, but nothing goes along it", from, to)
			}
		}
	}
}

// TestFlowsAreCutOff keeps the deciding part a function of what it is given.
func TestFlowsAreCutOff(t *testing.T) {
	for _, f := range sources(t) {
		if f.folder != "flows" {
			continue
		}
		for _, spec := range f.tree.Imports {
			if name := strings.Trim(spec.Path.Value, `"`); pure.MatchString(name) {
				t.Errorf("%s imports %s", f.path, name)
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := s.X.(*ast.Ident); ok && of.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}, s.Sel.Name) {
					t.Errorf("%s asks the clock: time.%s", f.path, s.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	comments := map[string]int{}
	for _, f := range sources(t) {
		n := 0
		if f.tree.Doc != nil {
			n = 1
		}
		comments[f.folder] += n
	}
	for folder, n := range comments {
		if n != 1 {
			t.Errorf("package %s has %d comments, want one", folder, n)
		}
	}
}

// A file in the prose is `pkg/file.go`. The `Func`s that follow it directly are
// in it; any other `Name` is a function or type somewhere.
var (
	mention = regexp.MustCompile("`([a-z/_]+\\.go)`((?:[ \\n,→]*`[A-Za-z_][A-Za-z0-9_.]*`)+)")
	name    = regexp.MustCompile("`([A-Za-z_][A-Za-z0-9_.]*)`")
)

// TestTheWalkIsTrue finds every function that docs/walk.md names where it says.
func TestTheWalkIsTrue(t *testing.T) {
	text, err := os.ReadFile("docs/walk.md")
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, f := range sources(t) {
		has[f.path] = true
		for _, d := range f.tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				has[d.Name.Name], has[f.path+" "+d.Name.Name] = true, true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok {
						has[s.Name.Name] = true
					}
				}
			}
		}
	}
	for _, m := range name.FindAllStringSubmatch(string(text), -1) {
		if !has[m[1]] {
			t.Errorf("docs/walk.md: nothing is called %s", m[1])
		}
	}
	n := 0
	for _, m := range mention.FindAllStringSubmatch(string(text), -1) {
		if !has[m[1]] {
			t.Errorf("docs/walk.md: there is no file %s", m[1])
			continue
		}
		for _, f := range name.FindAllStringSubmatch(m[2], -1) {
			if n++; !has[m[1]+" "+f[1]] {
				t.Errorf("docs/walk.md: %s has no function %s", m[1], f[1])
			}
		}
	}
	if n < 10 {
		t.Errorf("docs/walk.md names %d functions: that is no walk", n)
	}
}
