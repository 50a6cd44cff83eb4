// One chat: a person's phone, or the coordinators' room.

import { letter } from '/letter.js';
import { node, shown, styled } from '/text.js';
import { comma, known, rtl, words, timeOf, dateOf, weekdayOf } from '/words.js';

const maxUpload = 10 * 1024 * 1024;

// options fills a select with languages, each named in itself.
export function options(select, languages, chosen) {
  const list = languages.some((l) => l.tag === chosen) ? languages : [{ tag: chosen, name: chosen }, ...languages];
  select.replaceChildren(...list.map((l) => {
    const option = new Option(l.name, l.tag, false, l.tag === chosen);
    option.lang = l.tag;
    return option;
  }));
}

export class Chat {
  // person is null in the coordinators' room.
  constructor(page, room, person) {
    this.page = page;
    this.room = room;
    this.person = person;
    this.messages = new Map(); // id → {message, el}
    this.answering = null;
    this.el = document.getElementById('chat').content.firstElementChild.cloneNode(true);
    this.el.classList.add(person ? 'phone' : 'team');
    this.el.dataset.testid = person ? `phone-${room}` : 'room';
    const find = (selector) => this.el.querySelector(selector);
    this.find = find;
    this.log = find('.log');
    this.list = find('ol');
    this.input = find('textarea');
    this.file = find('input[type=file]');
    find('.composer').addEventListener('submit', (e) => { e.preventDefault(); this.send(); });
    this.input.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.send(); }
      if (e.key === 'Escape') this.answer(null);
    });
    this.input.addEventListener('input', () => this.grow());
    this.list.addEventListener('click', (e) => this.clicked(e));
    this.log.addEventListener('scroll', () => {
      this.wasAtEnd = this.atEnd();
      if (this.wasAtEnd) find('.newer').hidden = true;
    });
    new ResizeObserver(() => { if (this.wasAtEnd && this.beginning() === undefined) this.toEnd(); }).observe(this.log); // a bar opens, a keyboard comes
    find('.newer').addEventListener('click', () => this.toEnd());
    find('[data-testid=cancel-reply]').addEventListener('click', () => { this.answer(null); this.input.focus(); });
    find('[data-testid=attach]').addEventListener('click', () => this.file.click());
    find('[data-testid=letter]').addEventListener('click', () => this.sendLetter());
    this.file.addEventListener('change', () => this.sendFiles());
  }

  get author() { return this.person ? this.room : this.page.me; }

  // tongue is the language of the phone where the page has words in it.
  get tongue() {
    const lang = this.person?.lang;
    return lang && known(lang) === lang.split('-')[0] ? known(lang) : this.page.lang;
  }

  setPerson(person) {
    const other = person.lang !== this.person.lang;
    this.person = person;
    if (other) this.speak();
  }

  setBlocked(blocked) {
    this.blocked = blocked;
    this.find('.composer').hidden = blocked;
    const shut = this.find('.shut');
    shut.hidden = !blocked;
    if (!this.person) return;
    const w = this.page.words();
    const again = node('button', { type: 'button', class: 'primary', 'data-testid': 'unblock' }, w.unblock);
    again.addEventListener('click', () => this.setBlock(false));
    shut.replaceChildren(node('p', { lang: this.page.lang, dir: 'auto' }, w.blocked), again);
    this.find('[data-testid=block]').hidden = blocked;
  }

  // ---- the words around the messages ----

  speak() {
    const w = this.page.words();
    const own = words(this.tongue);
    const screen = this.find('.screen');
    screen.lang = this.tongue;
    screen.dir = rtl(this.tongue) ? 'rtl' : 'ltr';
    const name = this.person ? this.person.name : w.room;
    this.find('h3').textContent = name;
    this.find('.avatar').textContent = this.person ? Array.from(name.replace(/^(Frau|Herr)\s+/, ''))[0] : '';
    const about = this.find('.about');
    about.textContent = this.person ? (Object.hasOwn(w.about, this.person.id) ? w.about[this.person.id] : '') : w.roomAbout;
    about.lang = this.page.lang;
    about.dir = rtl(this.page.lang) ? 'rtl' : 'ltr';
    this.log.setAttribute('aria-label', `${w.chatWith}: ${name}`);
    this.input.placeholder = this.person ? own.message : own.roomMessage;
    this.input.setAttribute('aria-label', `${own.message} (${name})`);
    this.label('.send', own.send);
    this.label('[data-testid=cancel-reply]', own.cancelReply);
    this.find('[data-testid=attach] .word').textContent = own.attach;
    this.find('[data-testid=letter] .word').textContent = own.letter;
    this.find('[data-testid=letter]').hidden = !this.person;
    this.find('.newer').textContent = `↓ ${own.newer}`;
    this.find('.controls').replaceChildren(...(this.person ? this.phoneControls(w) : this.roomControls(w)));
    this.welcome(own);
    this.setBlocked(this.blocked);
    this.redraw();
    if (this.answering) this.answer(this.answering);
  }

  label(selector, text) {
    const el = this.find(selector);
    el.setAttribute('aria-label', text);
    el.title = text;
  }

  phoneControls(w) {
    const select = node('select', { 'data-testid': 'lang' });
    options(select, this.page.state.languages, this.person.lang);
    select.addEventListener('change', () => this.attempt(this.page.post('lang', { room: this.room, lang: select.value })));
    const block = node('button', { type: 'button', class: 'icon', 'data-testid': 'block', title: w.block, 'aria-label': w.block },
      document.getElementById('ban').content.cloneNode(true));
    block.addEventListener('click', () => this.setBlock(true));
    return [node('label', { class: 'lang' }, node('span', { 'aria-hidden': 'true' }, '🌐'),
      node('span', { class: 'hidden' }, `${w.phoneLang}: ${this.person.name}`), select), block];
  }

  roomControls(w) {
    const choices = this.page.state.staff.map((s) => {
      const radio = node('input', { type: 'radio', name: 'me', value: s.id, 'data-testid': `me-${s.id}` });
      radio.checked = s.id === this.page.me;
      radio.addEventListener('change', () => this.page.iAm(s.id));
      return node('label', { lang: 'de' }, radio, node('span', {}, s.name));
    });
    return [node('fieldset', { class: 'me' }, node('legend', {}, w.iAm), ...choices)];
  }

  welcome(own) {
    const box = this.find('.welcome');
    if (!this.person) {
      box.replaceChildren(node('p', {}, own.roomEmpty));
      return;
    }
    const start = node('button', { type: 'button', class: 'primary', 'data-testid': 'start' }, own.start);
    start.addEventListener('click', () => {
      this.busy(start);
      this.attempt(this.page.post('say', { room: this.room, from: this.author, text: '/start' }));
    });
    box.replaceChildren(node('img', { src: '/icon.svg', alt: '', width: 64, height: 64 }), node('p', {}, own.startHint), start);
  }

  // ---- messages ----

  fill(room) {
    this.messages.clear();
    for (const message of room.messages) this.messages.set(message.id, { message });
    this.speak();
    this.setBlocked(Boolean(room.blocked));
    const last = room.messages.at(-1);
    if (last?.force) this.answer(last.id);
    this.toEnd();
  }

  redraw() {
    this.log.setAttribute('aria-busy', 'true');
    this.list.replaceChildren();
    for (const entry of this.messages.values()) {
      entry.el = this.draw(entry.message);
      this.list.append(entry.el);
    }
    this.separateDays();
    this.log.removeAttribute('aria-busy');
  }

  // put shows a message that is new, has changed or is gone.
  put(message) {
    const old = this.messages.get(message.id);
    const end = this.atEnd();
    if (message.deleted) {
      old?.el.remove();
      this.messages.delete(message.id);
      if (this.answering === message.id) this.answer(null);
      this.separateDays();
      return;
    }
    const el = this.draw(message);
    if (old) {
      const focus = old.el.contains(document.activeElement) ? document.activeElement.dataset : null;
      old.el.replaceWith(el);
      if (focus) (focus.button && el.querySelector(`[data-button="${CSS.escape(focus.button)}"]`) || this.log).focus();
    } else {
      el.classList.add('new');
      el.addEventListener('animationend', () => el.classList.remove('new'), { once: true });
      this.list.append(el);
    }
    this.messages.set(message.id, { message, el });
    this.separateDays();
    if (!old) {
      if (!message.from && message.force) this.answer(message.id);
      this.page.arrived(this.room);
    }
    if (end || (!old && message.from === this.author)) this.toEnd();
    else if (!old) this.find('.newer').hidden = false;
  }

  draw(m) {
    const own = words(this.tongue);
    const name = this.page.nameOf(m.from);
    const direction = { lang: m.lang || this.tongue, dir: m.rtl ? 'rtl' : m.from ? 'auto' : 'ltr' };
    const bubble = node('div', { class: 'bubble' });
    const spoken = this.person || !m.from ? 'hidden' : 'name';
    bubble.append(node('span', { class: spoken }, node('bdi', {}, name), node('span', { class: 'hidden' }, ': ')));
    if (m.reply) bubble.append(this.quote(m.reply, own));
    const settled = () => { if (this.pinned) this.toEnd(); };
    for (const f of m.files ?? []) bubble.append(shown(f, own, name, settled));
    if (m.text) bubble.append(node('div', { class: 'text', ...direction }, styled(m.text, m.marks)));
    const at = new Date(m.at);
    const meta = node('div', { class: 'meta' });
    if (m.protect) meta.append(node('span', { title: own.protect }, '🔒', node('span', { class: 'hidden' }, own.protect)));
    if (m.edited) meta.append(node('span', {}, own.edited));
    meta.append(node('button', { type: 'button', class: 'reply', 'data-testid': 'reply' }, own.reply),
      node('time', { datetime: m.at }, timeOf(at)));
    bubble.append(meta);
    const li = node('li', { class: `message ${m.from ? 'person' : 'bot'}`, 'data-testid': 'message', 'data-message': m.id, 'data-from': m.from || 'bot' }, bubble);
    if (!this.person && m.from) li.classList.add(`tint-${this.page.state.staff.findIndex((s) => s.id === m.from) % 6}`);
    if (m.buttons?.length) li.append(this.buttons(m, direction));
    if (m.reactions?.length) {
      li.append(node('p', { class: 'reactions' }, node('span', { class: 'hidden' }, `${own.reaction}: `), ...m.reactions.map((r) => node('span', {}, r))));
    }
    return li;
  }

  quote(id, own) {
    const to = this.messages.get(id)?.message;
    const text = to ? Array.from(to.text || own[to.files?.[0]?.kind] || '').slice(0, 90).join('') : own.gone;
    return node('button', { type: 'button', class: 'quote', 'data-goto': id },
      node('span', { class: 'hidden' }, `${own.replyTo} `),
      to ? node('strong', {}, node('bdi', {}, this.page.nameOf(to.from))) : null, node('span', { dir: 'auto' }, text));
  }

  buttons(m, direction) {
    return node('div', { class: 'buttons', ...direction }, ...m.buttons.map((row) => node('div', { class: 'row' },
      ...row.map((b) => node('button', {
        type: 'button', 'data-testid': 'button', 'data-button': b.id, class: b.id === m.pressed ? 'pressed' : null,
      }, b.label)))));
  }

  separateDays() {
    for (const el of this.list.querySelectorAll('.day')) el.remove();
    let before = '';
    for (const { message, el } of this.messages.values()) {
      const at = new Date(message.at);
      const date = dateOf(at);
      if (date !== before) {
        this.list.insertBefore(node('li', { class: 'day' }, node('span', {}, `${weekdayOf(at, this.tongue)}${comma(this.tongue)} `, node('bdi', {}, date))), el);
      }
      before = date;
    }
    this.find('.welcome').hidden = this.messages.size > 0;
  }

  // Where a message begins that is the last one and does not fit: it is read from its
  // beginning (the emergency card has 112 there). undefined when it fits.
  beginning() {
    const last = this.list.lastElementChild?.getBoundingClientRect();
    if (!last || last.height <= this.log.clientHeight) return undefined;
    return last.top - this.log.getBoundingClientRect().top + this.log.scrollTop - 8;
  }

  atEnd() {
    const begins = this.beginning();
    if (begins !== undefined) return this.log.scrollTop >= begins - 60;
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  toEnd() {
    this.pinned = true;
    setTimeout(() => { this.pinned = false; }, 3000); // pictures that load until then still count
    this.log.scrollTop = this.beginning() ?? this.log.scrollHeight;
    this.find('.newer').hidden = true;
  }

  // ---- doing ----

  async attempt(promise) {
    const trouble = this.find('.trouble');
    trouble.textContent = '';
    try {
      return await promise;
    } catch (err) {
      const own = words(this.tongue);
      trouble.textContent = own[err.code] ?? own.failed;
      return null;
    }
  }

  // busy shows that a press was taken; the focus stays where it is.
  busy(button) {
    const row = button.closest('.buttons')?.querySelectorAll('button') ?? [button];
    button.classList.add('busy');
    for (const b of row) b.setAttribute('aria-disabled', 'true');
    setTimeout(() => {
      button.classList.remove('busy');
      for (const b of row) b.removeAttribute('aria-disabled');
    }, 700);
  }

  clicked(e) {
    const target = e.target.closest('button');
    const message = e.target.closest('.message');
    if (!target || target.getAttribute('aria-disabled')) {
      if (message) for (const { el } of this.messages.values()) el.classList.toggle('picked', el === message && !el.classList.contains('picked'));
      return;
    }
    if (target.dataset.button) {
      this.busy(target);
      this.attempt(this.page.post('press', { room: this.room, from: this.author, message: message.dataset.message, button: target.dataset.button }));
    } else if (target.dataset.testid === 'reply') {
      this.answer(message.dataset.message);
      this.input.focus();
    } else if (target.dataset.goto) {
      this.messages.get(target.dataset.goto)?.el.scrollIntoView({ block: 'nearest' });
    }
  }

  // answer opens the reply bar for a message, or closes it.
  answer(id) {
    const to = this.messages.get(id)?.message;
    this.answering = to ? id : null;
    this.find('.replybar').hidden = !to;
    if (!to) return;
    const own = words(this.tongue);
    const text = Array.from(to.text || own[to.files?.[0]?.kind] || '').slice(0, 120).join('');
    this.find('.replybar p').replaceChildren(node('strong', {}, `${own.replyTo} `, node('bdi', {}, this.page.nameOf(to.from))), node('span', { dir: 'auto' }, text));
    const active = document.activeElement;
    if (to.force && this.el.contains(active)) this.input.focus();
  }

  grow() {
    this.input.style.height = 'auto';
    this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 160)}px`;
    this.input.dir = this.input.value ? 'auto' : '';
  }

  // take empties the composer and returns what was in it, with a way to put it back.
  take() {
    const text = this.input.value;
    const reply = this.answering;
    this.input.value = '';
    this.answer(null);
    this.grow();
    const undo = () => {
      this.input.value = text + this.input.value;
      if (!this.answering) this.answer(reply);
      this.grow();
    };
    return { text, reply: reply ?? '', undo };
  }

  async send() {
    if (!this.input.value.trim()) return;
    const { text, reply, undo } = this.take();
    const done = await this.attempt(this.page.post('say', { room: this.room, from: this.author, text, reply }));
    if (!done) undo();
  }

  async sendLetter() {
    this.busy(this.find('[data-testid=letter]'));
    this.share([[await letter(this.page.now()), 'brief.jpg']]);
  }

  async sendFiles() {
    const files = Array.from(this.file.files, (f) => [f, f.name]);
    this.file.value = '';
    if (files.length) this.share(files);
  }

  async share(files) {
    if (files.reduce((sum, [f]) => sum + f.size, 0) > maxUpload) {
      this.find('.trouble').textContent = words(this.tongue).too_big;
      return;
    }
    const { text, reply, undo } = this.take();
    const fields = { room: this.room, from: this.author, caption: text, reply, seconds: await seconds(files[0][0]) };
    const done = await this.attempt(this.page.upload(fields, files));
    if (!done) undo();
  }

  setBlock(blocked) { this.attempt(this.page.post('block', { room: this.room, blocked })); }
}

// seconds is how long a sound or film lasts, or nothing.
function seconds(file) {
  if (!/^(audio|video)\//.test(file.type)) return '';
  return new Promise((done) => {
    const url = URL.createObjectURL(file);
    const el = document.createElement(file.type.startsWith('audio') ? 'audio' : 'video');
    const end = () => {
      URL.revokeObjectURL(url);
      done(Number.isFinite(el.duration) ? String(el.duration) : '');
    };
    el.onloadedmetadata = end;
    el.onerror = end;
    setTimeout(end, 2000);
    el.src = url;
  });
}
