package e2e

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard asks without touching a mouse.
func TestKeyboard(t *testing.T) {
	d := startDemo(t)
	p := openPage(openBrowser(t), t, d, "/?ui=en", desktop())
	p.enter(alex + " [data-testid=start]")
	p.enter(button(alex, "en"))
	p.enter(button(alex, "menu/ask"))
	p.enter(button(alex, "role/skip"))
	p.enter(button(alex, "topic/letter"))
	p.enter(button(alex, "consent/yes"))
	p.hears(alex, "bot", "Please write your question")
	p.tabTo(alex + " [data-testid=input]")
	p.call("type", chromedp.KeyEvent("Where do I register?"))
	p.enterKey()
	p.until("the field is empty again", `(s) => document.querySelector(s).value === ''`, alex+" [data-testid=input]")
	p.hears(alex, "bot", "It has not been sent to anybody yet")
	p.shoot("20-keyboard")
	p.enter(button(alex, "none"))
	p.hears(alex, "bot", "Your question is sent")
	p.hears(room, "bot", "Where do I register?")
}

// enter goes to a button with the tab key and presses it with the enter key.
func (p *page) enter(selector string) {
	p.t.Helper()
	p.tabTo(selector)
	p.enterKey()
}

// enterKey presses the enter key. (kb.Enter sends its character a second time,
// which no page can prevent.)
func (p *page) enterKey() {
	p.t.Helper()
	key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, Text: "\r"}
	up := key
	up.Type, up.Text = input.DispatchKeyEventTypeKeyUp, ""
	p.call("press enter", call(input.DispatchKeyEvent, key), call(input.DispatchKeyEvent, up))
}

// tabTo presses the tab key until the last thing that a selector names has the
// focus, and the eye can see that it has.
func (p *page) tabTo(selector string) {
	p.t.Helper()
	const enough = 150 // more than there are stops on the page
	p.until(selector+" is there", `(s) => [...document.querySelectorAll(s)].some((e) => e.checkVisibility() && !e.getAttribute('aria-disabled'))`, selector)
	for range enough {
		p.call("tab", chromedp.KeyEvent(kb.Tab))
		at := ask[bool](p, `() => document.activeElement === [...document.querySelectorAll('`+selector+`')].at(-1)`)
		if !at {
			continue
		}
		if !ask[bool](p, `() => {
		  const e = document.activeElement;
		  const box = e.getBoundingClientRect();
		  return getComputedStyle(e).outlineStyle !== 'none'
		    && e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
		}`) {
			p.t.Errorf("%s has the focus, but one cannot see it", selector)
		}
		return
	}
	p.t.Fatalf("the tab key does not lead to %s", selector)
}

// TestAccessibility has axe-core look at a conversation: WCAG 2.2 AA and what its
// makers call best practices, by day and by night, on both kinds of screens.
func TestAccessibility(t *testing.T) {
	axe := fetchAxe(t)
	d := startDemo(t)
	browser := openBrowser(t)
	desk := openPage(browser, t, d, "/?ui=de", desktop())
	phone := openPage(browser, t, d, "/?ui=ar", mobile())
	desk.noBarriers(axe, "before anything")
	phone.press("[data-testid=tab-rima]")
	phone.press(rima + " [data-testid=start]")
	phone.press(button(rima, "ar"))
	toQuestion(phone, rima)
	photograph(phone, rima)
	phone.press(button(rima, "soon"))
	answerFromDesk(desk)
	for _, scheme := range []string{"light", "dark"} {
		desk.scheme(scheme)
		desk.noBarriers(axe, scheme)
		phone.scheme(scheme)
		for _, tab := range []string{"rima", "room", "add"} {
			phone.press("[data-testid=tab-" + tab + "]")
			phone.noBarriers(axe, scheme+", "+tab)
		}
	}
}

// noBarriers runs axe-core in the page, and fails for everything it objects to.
func (p *page) noBarriers(axe, when string) {
	p.t.Helper()
	p.calm()
	type violation struct {
		ID, Help string
		Nodes    []string
	}
	type verdict struct {
		Passes, Unsure int
		Violations     []violation
	}
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[chromedp.Void](axe)); err != nil {
		p.t.Fatalf("axe-core: %v", err)
	}
	got := ask[verdict](p, `async () => {
	  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
	  const r = await axe.run(document, { runOnly: tags });
	  return {
	    Passes: r.passes.length,
	    Unsure: r.incomplete.length,
	    Violations: r.violations.map((v) => ({ ID: v.id, Help: v.help, Nodes: v.nodes.map((n) => n.target.join(' ') + ': ' + n.failureSummary) })),
	  };
	}`)
	if got.Passes < 20 {
		p.t.Errorf("axe-core has hardly looked at anything: %+v", got)
	}
	for _, v := range got.Violations {
		p.t.Errorf("%s, %s: %s (%s)\n\t%s", p.screen.name, when, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
	p.t.Logf("%s, %s: axe-core passes %d rules and cannot tell for %d", p.screen.name, when, got.Passes, got.Unsure)
}

// The checker is fetched, not kept here: it has another licence (MPL-2.0). The
// sum is the registry's.
const (
	axePackage = "axe-core@4.14.1"
	axeSum     = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// fetchAxe returns the source of axe-core.
func fetchAxe(t *testing.T) string {
	t.Helper()
	return fetchPackage(t, axePackage, axeSum, "package/axe.min.js")
}

// fetchPackage returns a file of a package from the npm registry that has this sum.
func fetchPackage(t *testing.T, name, want, file string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "npm", "pack", "--silent", name)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm pack %s: %v\n%s", name, err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(files) != 1 {
		t.Fatalf("npm pack has left %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum512(data)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
		t.Fatalf("%s has the sum %s", name, got)
	}
	plain, err := gzip.NewReader(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(plain); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("%s has no %s", name, file)
		}
		if err != nil {
			t.Fatal(err)
		}
		if head.Name == file {
			source, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			return string(source)
		}
	}
}

// TestPolicy tries what a message from an evil person might: to run a script, and
// to call home.
func TestPolicy(t *testing.T) {
	d := startDemo(t)
	answer, err := http.Get(d.url)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got := answer.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'self'") || strings.Contains(got, "unsafe") {
		t.Errorf("the policy is %q", got)
	}
	p := openPage(openBrowser(t), t, d, "/?ui=de", desktop())
	stopped := ask[[]string](p, `async () => {
	  const stopped = [];
	  const two = new Promise((done) => document.addEventListener('securitypolicyviolation', (e) => {
	    stopped.push(e.effectiveDirective);
	    if (stopped.length === 2) done();
	  }));
	  const script = document.createElement('script');
	  script.textContent = 'window.ran = true';
	  document.body.append(script);
	  await fetch('http://192.0.2.1/').catch(() => {});
	  await two;
	  return window.ran ? ['it ran'] : stopped;
	}`)
	if got := strings.Join(stopped, " "); got != "script-src-elem connect-src" {
		t.Errorf("stopped: %s", got)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range p.faults {
		if !strings.Contains(fault, "Content Security Policy") && !strings.Contains(fault, "192.0.2.1") {
			t.Error(fault)
		}
	}
	p.faults = nil // they were the point
}
