package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// openBrowser starts a browser that knows nothing and calls nobody.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("CHROMIUM")
	if path == "" {
		var err error
		if path, err = exec.LookPath("chromium"); err != nil {
			t.Fatalf("the tests need Chromium: %v", err)
		}
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...) // t.Context ends before the last pictures
	t.Cleanup(stop)
	ctx, closeAll := chromedp.NewContext(ctx)
	t.Cleanup(closeAll)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return ctx
}

// A screen is what somebody looks at.
type screen struct {
	name          string
	width, height int64
	scale         float64
	mobile        bool
}

func desktop() screen { return screen{name: "desktop", width: 1440, height: 900, scale: 1} }
func mobile() screen {
	return screen{name: "mobile", width: 390, height: 844, scale: 2, mobile: true}
}

// A page is the demo's page on one screen.
type page struct {
	t      *testing.T
	ctx    context.Context
	origin string
	screen screen

	mu     sync.Mutex
	faults []string
	away   bool // the server is gone for a while, and the browser says so
}

// openPage shows the demo in a window of its own. When the test ends, the page
// must have had no error and have asked nobody but the demo for anything.
func openPage(browser context.Context, t *testing.T, d *demo, path string, s screen) *page {
	t.Helper()
	p := openPublic(browser, t, d, path, s)
	p.until("the page is ready", `() => 'ready' in document.documentElement.dataset`)
	return p
}

// openPublic shows a page of the demo that has no scripts, in the same way.
func openPublic(browser context.Context, t *testing.T, d *demo, path string, s screen) *page {
	t.Helper()
	p := &page{t: t, origin: d.url, screen: s}
	ctx, shut := chromedp.NewContext(browser, chromedp.WithNewWindow(true), chromedp.WithListener(p.listen))
	t.Cleanup(shut)
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // the window lasts as long as the context it was opened with
		t.Fatalf("opening a window: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			p.picture("failed-" + t.Name() + "-" + s.name)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, fault := range p.faults {
			t.Errorf("%s: %s", s.name, fault)
		}
	})
	p.call("watch the console", call(log.Enable, cdp.Empty{}))
	p.call("watch the network", call(network.Enable, network.EnableParams{}))
	p.call("have the focus", call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	p.resize(s.width, s.height)
	p.call("open", chromedp.Navigate(d.url+path))
	return p
}

// resize gives the screen another size, in CSS pixels.
func (p *page) resize(width, height int64) {
	p.t.Helper()
	view := []chromedp.EmulateViewportOption{chromedp.EmulateScale(p.screen.scale)}
	if p.screen.mobile {
		view = append(view, chromedp.EmulatePortrait, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	p.call("set the size", chromedp.EmulateViewport(width, height, view...))
}

// call makes an action of a command whose result does not matter.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		url := strings.TrimPrefix(e.Request.URL, "blob:")
		if !strings.HasPrefix(url, p.origin+"/") && !strings.HasPrefix(url, "data:") {
			p.faults = append(p.faults, "asks a third party: "+url)
		}
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			p.faults = append(p.faults, fmt.Sprintf("console.%s: %v", e.Type, e.Args))
		}
	case *log.EventEntryAdded:
		if (e.Entry.Level == "error" || e.Entry.Level == "warning") && !(p.away && e.Entry.Source == "network") {
			p.faults = append(p.faults, fmt.Sprintf("console, %s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	}
}

// serverMayGo says that a server that does not answer is not a fault of the page.
func (p *page) serverMayGo() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = true
}

func (p *page) call(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %s: %v", p.screen.name, what, err)
	}
}

// find runs a function in the page, again and again until what it returns is
// something, and returns that.
func find[T any](p *page, what, function string, args ...any) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience+patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.PollFunction[T](function, chromedp.WithPollingArgs(args...), chromedp.WithPollingTimeout(patience)))
	if err != nil {
		p.t.Fatalf("%s: waiting until %s: %v; the page says:\n%s", p.screen.name, what, err, p.says())
	}
	return got
}

// says is what can be read on the page, for whoever asks why a test failed.
func (p *page) says() string {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

func (p *page) until(what, function string, args ...any) {
	p.t.Helper()
	find[bool](p, what, "(...args) => Boolean(("+function+")(...args))", args...)
}

// ask runs a function in the page once. It may return a promise.
func ask[T any](p *page, function string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T]("("+function+")()", chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", p.screen.name, err)
	}
	return got
}

// spot returns where somebody would press the last thing that a selector names:
// when it is in view, has come to rest, is in nobody's shade and takes presses.
const spot = `(selector) => {
  const el = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility()).at(-1);
  if (!el || el.disabled || el.getAttribute('aria-disabled')) return null;
  el.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  const box = el.getBoundingClientRect();
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const still = window.lastSpot?.el === el && window.lastSpot.x === x && window.lastSpot.y === y;
  window.lastSpot = { el, x, y };
  return still && el.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
}`

// press clicks or taps on the last visible thing that a selector names.
func (p *page) press(selector string) {
	p.t.Helper()
	at := find[[]float64](p, "one can press "+selector, spot, selector)
	if p.screen.mobile {
		p.call("tap on "+selector, chromedp.TapXY(at[0], at[1]))
		return
	}
	p.call("click on "+selector, chromedp.MouseClickXY(at[0], at[1]))
}

// write types a text into a chat and sends it.
func (p *page) write(chat, text string) {
	p.t.Helper()
	input := chat + " [data-testid=input]"
	p.press(input)
	p.call("type", chromedp.KeyEvent(text))
	p.until("the text stands in the field", `(s, text) => document.querySelector(s).value === text`, input, text)
	p.press(chat + " [data-testid=send]")
}

// hears waits for a message that says a text, and returns its selector. from is
// the id of a person, or "bot".
func (p *page) hears(chat, from, text string) string {
	p.t.Helper()
	id := find[string](p, fmt.Sprintf("%s shows %q from %s", chat, text, from), `(chat, from, text) => {
	  const all = [...document.querySelectorAll(chat + ' [data-testid=message][data-from=' + from + ']')];
	  return all.findLast((m) => m.querySelector('.text')?.innerText.includes(text))?.dataset.message;
	}`, chat, from, text)
	return fmt.Sprintf("%s [data-message=%q]", chat, id)
}

// calm waits until nothing moves, loads or is busy, and everything is settled
// that follows what the page did last.
func (p *page) calm() {
	p.t.Helper()
	p.until("everything is calm", `() => !document.querySelector('.busy')
	  && document.getAnimations().every((a) => a.playState !== 'running')
	  && [...document.images].every((i) => i.complete && i.naturalWidth > 0)`)
}

// shoot leaves a picture of the page by day and one by night.
func (p *page) shoot(name string) {
	p.t.Helper()
	p.calm()
	for _, scheme := range []string{"light", "dark"} {
		p.scheme(scheme)
		p.calm()
		p.picture(name + "-" + p.screen.name + "-" + scheme)
	}
	p.scheme("light")
}

func (p *page) scheme(scheme string) {
	p.t.Helper()
	p.call(scheme, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}))
}

func (p *page) picture(name string) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll("shots", 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("shots", name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("picture %s: %v", name, err)
	}
}
