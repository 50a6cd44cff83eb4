package main

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A step is what a person does, and what the answer to it must hold: as it stands in
// a form.
type step struct {
	press, text string
	answer      string
}

const (
	menu     = "menu%2Fmenu%2Fask"
	question = "schreiben+Sie+Ihre+Frage"
)

// firstSteps lead somebody new to the menu, with consent.
var firstSteps = []step{
	{text: "/start", answer: "language%2Fpick%2Fde"},
	{press: "language/pick/de", answer: menu},
	{press: "menu/menu/ask", answer: "ask%2Frole%2Fprivate"},
	{press: "ask/role/private", answer: "ask%2Ftopic%2Fhousing"},
	{press: "ask/topic/housing", answer: "ask%2Fconsent%2Fyes"},
	{press: "ask/consent/yes", answer: question},
	{text: "/cancel", answer: menu},
}

// cycle is what people do then, again and again: a question is begun, written,
// changed and given up. (The desk's group, which takes twenty messages a minute, is
// not what is measured.)
var cycle = []step{
	{press: "menu/menu/ask", answer: "ask%2Ftopic%2Fhousing"},
	{press: "ask/topic/housing", answer: question},
	{text: "Die Hausverwaltung hat geschrieben, dass wir bis Ende des Monats ausziehen sollen. Was können wir tun?", answer: "ask%2Fpreview%2Fchange"},
	{press: "ask/preview/change", answer: question},
	{text: "/cancel", answer: menu},
}

const (
	firstChat = 1_000_000_001
	patience  = 20 * time.Second // with what nobody should wait for
)

// people are those who write. Each does the next thing only when the bot has answered
// the last, as it must.
type people struct {
	updates      updates
	all          []person
	phase        atomic.Int32
	busy         atomic.Int64 // people who wait for an answer
	idle         chan struct{}
	steps        atomic.Int64 // answered
	pressed      atomic.Int64
	acknowledged atomic.Int64
	uncalled     atomic.Int64 // said to somebody who did not wait for anything
	wrong        chan error   // the first thing that cannot be
	first        atomic.Int64 // when the first was reminded, in nanoseconds of Unix
}

// Phases of a measurement.
const (
	entering  = iota // everybody goes to the menu
	walking          // … and asks, again and again
	halting          // nobody begins anything more
	reminding        // nobody writes, everybody is reminded
)

// A person is somebody in a private chat.
type person struct {
	mu      sync.Mutex
	next    int    // the step that waits for its answer: of firstSteps, then of cycle
	message int64  // the newest in the chat
	prompt  int64  // the bot's newest
	waits   bool   // for an answer
	odd     []byte // said last, and no answer
	greeted chan struct{}
	heard   bool // the reminder
}

func newPeople(chats int) *people {
	return &people{updates: updates{first: 1, came: make(chan struct{}, 1)}, all: make([]person, chats), idle: make(chan struct{}, 1), wrong: make(chan error, 1)}
}

func (p *people) answered() int64 { return p.steps.Load() }

func (p *people) fail(err error) {
	select {
	case p.wrong <- err:
	default:
	}
}

// walkIn leads everybody to the menu.
func (p *people) walkIn() error {
	p.begin(entering)
	return p.rest()
}

// walk lets everybody ask, again and again, from no answered step on.
func (p *people) walk() {
	p.steps.Store(0)
	p.begin(walking)
}

func (p *people) begin(phase int32) {
	p.phase.Store(phase)
	p.busy.Store(int64(len(p.all)))
	for i := range p.all {
		p.all[i].mu.Lock()
		p.act(i)
		p.all[i].mu.Unlock()
	}
}

// halt waits until everybody has their last answer, and looks whether any is missing.
func (p *people) halt() error {
	p.phase.Store(halting)
	if err := p.rest(); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); p.acknowledged.Load() < p.pressed.Load(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d presses, %d acknowledged", p.pressed.Load(), p.acknowledged.Load())
		}
	}
	if n := p.uncalled.Load(); n > 0 {
		return fmt.Errorf("%d messages nobody asked for", n)
	}
	return nil
}

// rest waits until nobody waits for an answer.
func (p *people) rest() error {
	before := p.steps.Load()
	for {
		select {
		case err := <-p.wrong:
			return err
		case <-p.idle:
			return nil
		case <-time.After(patience):
		}
		now := p.steps.Load()
		if now == before {
			return p.stuck()
		}
		before = now
	}
}

// stuck says of somebody what they wait for.
func (p *people) stuck() error {
	for i := range p.all {
		one := &p.all[i]
		one.mu.Lock()
		waits, heard := one.step().answer, one.odd
		one.mu.Unlock()
		if heard != nil {
			return fmt.Errorf("%d wait for an answer; one for %q, and heard last %s", p.busy.Load(), waits, heard)
		}
	}
	return fmt.Errorf("%d wait for an answer and hear nothing", p.busy.Load())
}

// greet lets somebody write, and tells when the bot says something to them.
func (p *people) greet() <-chan struct{} {
	one := &p.all[0]
	one.mu.Lock()
	defer one.mu.Unlock()
	one.greeted = make(chan struct{}, 1)
	p.write(0, "/start")
	return one.greeted
}

func (one *person) step() step {
	if one.next < len(firstSteps) {
		return firstSteps[one.next]
	}
	return cycle[(one.next-len(firstSteps))%len(cycle)]
}

// act does the next step. The person is locked.
func (p *people) act(i int) {
	s := p.all[i].step()
	p.all[i].waits = true
	if s.press != "" {
		p.press(i, s.press)
		return
	}
	p.write(i, s.text)
}

// said is a message of the bot, or an edit of its message id. It appends what
// the Bot API answers.
func (p *people) said(out []byte, chat, id int64, form []byte) ([]byte, error) {
	i := chat - firstChat
	if i < 0 || i >= int64(len(p.all)) {
		return nil, fmt.Errorf("a message to chat %d, which nobody has", chat)
	}
	one := &p.all[i]
	one.mu.Lock()
	defer one.mu.Unlock()
	if id == 0 {
		one.message++
		id = one.message
	}
	one.prompt = id
	out = fmt.Appendf(out, shownMessage, id, chat, time.Now().Unix())
	switch {
	case p.phase.Load() == reminding:
		p.remind(one)
	case one.greeted != nil:
		one.greeted <- struct{}{}
		one.greeted = nil
	case !one.waits:
		p.uncalled.Add(1)
	case !bytes.Contains(form, []byte(one.step().answer)):
		one.odd = bytes.Clone(form)
	default:
		one.odd, one.waits = nil, false
		p.steps.Add(1)
		one.next++
		p.goOn(int(i))
	}
	return out, nil
}

// goOn lets somebody who was answered do the next step, or rest.
func (p *people) goOn(i int) {
	phase := p.phase.Load()
	if phase == walking || phase == entering && p.all[i].next < len(firstSteps) {
		p.act(i)
		return
	}
	if p.busy.Add(-1) == 0 {
		p.idle <- struct{}{}
	}
}

// What Telegram tells of a message of the bot is about as long as this; nobody looks at
// the words.
const shownMessage = `{"message_id":%d,"from":{"id":700000001,"is_bot":true,"first_name":"Lotse","username":"lotse_bot"},` +
	`"chat":{"id":%d,"first_name":"Iryna","type":"private"},"date":%d,` +
	`"text":"Das ist Ihre Frage. Noch ist sie an niemanden gesendet:\n\nDie Hausverwaltung hat geschrieben, dass wir bis Ende des Monats ausziehen sollen. Was k\u00f6nnen wir tun?",` +
	`"reply_markup":{"inline_keyboard":[[{"text":"\ud83d\udce4 An das Team senden","callback_data":"ask/preview/send"}],` +
	`[{"text":"\u270d\ufe0f Neu schreiben","callback_data":"ask/preview/change"}],[{"text":"\ud83c\udfe0 Men\u00fc","callback_data":"nav/menu"}]]}}`

func (p *people) write(i int, text string) {
	one := &p.all[i]
	one.message++
	p.updates.add(func(out []byte, id int64) []byte {
		return fmt.Appendf(out, `{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Iryna","language_code":"de"},`+
			`"chat":{"id":%[3]d,"first_name":"Iryna","type":"private"},"date":%d,"text":%q}}`, id, one.message, firstChat+i, time.Now().Unix(), text)
	})
}

func (p *people) press(i int, data string) {
	one := &p.all[i]
	n := p.pressed.Add(1)
	p.updates.add(func(out []byte, id int64) []byte {
		out = fmt.Appendf(out, `{"update_id":%d,"callback_query":{"id":"48%018d","from":{"id":%d,"is_bot":false,"first_name":"Iryna","language_code":"de"},"message":`, id, n, firstChat+i)
		out = fmt.Appendf(out, shownMessage, one.prompt, firstChat+i, time.Now().Unix())
		return fmt.Appendf(out, `,"chat_instance":"-5012345678901234567","data":%q}}`, data)
	})
}
