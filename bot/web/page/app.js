// Lotse's demo page: a few phones, the coordinators' room, a clock.
//
// For end-to-end tests. Every hook is a data-testid:
//   phone-<person id>, room          a chat; inside it:
//     log, message                   message has data-message=<id>, data-from=<person id, or "bot">
//     button                         has data-button=<button id>; pick one with [data-button$="suffix"]
//     start                          the big button of an empty phone: sends /start
//     input, send, attach, letter, file (the hidden file input)
//     reply                          on each message; opens replybar, which cancel-reply closes
//     lang, block, unblock           phones only: the phone's language, blocking the bot
//     newer, trouble                 "new messages" below, and what went wrong
//   me-<staff id>                    who speaks in the room
//   clock, clock-1m, clock-1h, clock-24h, clock-168h; ui-lang; offline
//   tab-<person id>, tab-room, tab-add     on narrow screens
//   add-person, add-name, add-lang, add-submit
// The page speaks the browser's language; ?ui=de (en, ar, uk) decides otherwise.
// <html data-ready> is set when the first state is shown.

import { Chat, options } from '/chat.js';
import { ui, comma, rtl, known, words, timeOf, dateOf, weekdayOf } from '/words.js';

const byID = (id) => document.getElementById(id);
const page = {
  lang: known(new URLSearchParams(location.search).get('ui'), remembered('ui'), ...navigator.languages),
  me: remembered('me'),
  state: null,
  chats: new Map(), // room id → Chat
  tab: remembered('tab'),
  unread: new Map(),
  ahead: 0, // the demo's clock minus this computer's, in milliseconds
  now: () => Date.now() + page.ahead,
  words: () => words(page.lang),
  post,
  upload,
  nameOf,
  arrived,
  iAm(id) {
    page.me = id;
    remember('me', id);
  },
};

function remembered(key) {
  try { return localStorage.getItem(`lotse-${key}`) || ''; } catch { return ''; }
}

function remember(key, value) {
  try { localStorage.setItem(`lotse-${key}`, value); } catch { /* private window: the choice lasts as long as the page */ }
}

// ---- talking to the server ----

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const requestID = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');

// request tries again when no answer came: the id makes a repetition harmless.
async function request(path, init, retries) {
  for (let left = retries; ; left--) {
    try {
      const answer = await fetch(path, init);
      const body = await answer.json();
      if (answer.ok) return body;
      throw Object.assign(new Error(body.text), { code: body.error });
    } catch (err) {
      if (err.code || left === 0) throw err;
      await pause(600);
    }
  }
}

function post(path, body) {
  const once = ['say', 'press', 'block', 'people'].includes(path);
  return request(`/api/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(once ? { ...body, id: requestID() } : body),
  }, once ? 4 : 0);
}

function upload(fields, files) {
  const form = new FormData();
  for (const [key, value] of Object.entries({ ...fields, id: requestID() })) if (value) form.append(key, value);
  for (const [file, name] of files) form.append('file', file, name);
  return request('/api/upload', { method: 'POST', body: form }, 4);
}

// ---- what the server tells ----

let source;

async function load() {
  source?.close();
  let state;
  for (;;) {
    try {
      const answer = await fetch('/api/state');
      if (!answer.ok) throw new Error(answer.status);
      state = await answer.json();
      break;
    } catch {
      connected(false);
      await pause(1500);
    }
  }
  show(state);
  source = new EventSource(`/api/events?last=${state.last}`);
  source.addEventListener('hello', (e) => {
    connected(true);
    const hello = JSON.parse(e.data);
    if (hello.boot !== state.boot) load(); // the program was started anew
    else setClock(hello.now);
  });
  source.addEventListener('clock', (e) => setClock(JSON.parse(e.data).now));
  source.addEventListener('change', (e) => change(JSON.parse(e.data)));
  source.onerror = () => {
    connected(false);
    if (source.readyState === EventSource.CLOSED) pause(1500).then(load);
  };
}

let offline = null;

// connected says so when the server has been away for longer than a blink.
function connected(yes) {
  if (yes) {
    clearTimeout(offline);
    offline = null;
    byID('offline').textContent = '';
  } else {
    offline ??= setTimeout(() => { byID('offline').textContent = page.words().offline; }, 1500);
  }
}

function change(c) {
  if (c.message) {
    page.chats.get(c.message.room)?.put(c.message);
    return;
  }
  if (c.person) {
    const i = page.state.people.findIndex((p) => p.id === c.person.id);
    if (i >= 0) page.state.people[i] = c.person;
    else page.state.people.push(c.person);
    place(c.person);
    drawTabs();
  }
  page.chats.get(c.room)?.setBlocked(Boolean(c.blocked));
}

function show(state) {
  page.state = state;
  if (!state.staff.some((s) => s.id === page.me)) page.me = state.staff[0].id;
  setClock(state.now);
  byID('clock').hidden = false;
  byID('steps').hidden = !state.movable;
  for (const [room, chat] of page.chats) {
    if (room !== state.desk && !state.people.some((p) => p.id === room)) {
      chat.el.remove();
      page.chats.delete(room);
    }
  }
  state.people.forEach(place);
  if (!page.chats.has(state.desk)) {
    const chat = new Chat(page, state.desk, null);
    page.chats.set(state.desk, chat);
    byID('room').append(chat.el);
  }
  for (const room of state.rooms) page.chats.get(room.id).fill(room);
  speak();
  document.documentElement.dataset.ready = '';
}

function place(person) {
  const chat = page.chats.get(person.id);
  if (chat) {
    chat.setPerson(person);
    return;
  }
  const made = new Chat(page, person.id, person);
  made.el.classList.add('panel', `tint-${page.chats.size % 6}`);
  page.chats.set(person.id, made);
  byID('phones').insertBefore(made.el, byID('panel-add'));
  made.fill({ messages: [], blocked: false });
}

function nameOf(from) {
  if (!from) return 'Lotse';
  return [...page.state.staff, ...page.state.people].find((p) => p.id === from)?.name ?? from;
}

// ---- the clock ----

function setClock(now) {
  page.ahead = Date.parse(now) - Date.now();
  tick();
}

function clockText(length) {
  const now = page.now();
  return `${weekdayOf(now, page.lang, length)}${comma(page.lang)} \u2066${dateOf(now)}, ${timeOf(now)}\u2069`;
}

function tick() {
  const el = document.querySelector('.clock time');
  const text = clockText('short');
  if (el.textContent === text) return;
  el.textContent = text;
  el.dateTime = new Date(page.now()).toISOString();
}

byID('steps').addEventListener('click', async (e) => {
  const advance = e.target.dataset.advance;
  if (!advance) return;
  try {
    await post('clock', { advance });
    await pause(200); // the stream tells the new time
    byID('said').textContent = `${page.words().nowIs} ${clockText('long')}`;
  } catch {
    byID('offline').textContent = page.words().failed;
  }
});

// ---- words, tabs, one more phone ----

function speak() {
  const w = page.words();
  document.documentElement.lang = page.lang;
  document.documentElement.dir = rtl(page.lang) ? 'rtl' : 'ltr';
  for (const el of document.querySelectorAll('[data-word]')) el.textContent = w[el.dataset.word];
  for (const el of document.querySelectorAll('[data-word-label]')) el.setAttribute('aria-label', w[el.dataset.wordLabel]);
  for (const chat of page.chats.values()) chat.speak();
  options(document.querySelector('#add select'), page.state.languages, page.lang);
  tick();
  drawTabs();
}

function drawTabs() {
  const w = page.words();
  const tabs = [...page.state.people.map((p) => [p.id, p.name]), ['room', w.roomTab], ['add', '+']];
  if (!tabs.some(([id]) => id === page.tab)) page.tab = tabs[0][0];
  const focused = document.activeElement?.dataset?.tab;
  byID('tabs').replaceChildren(...tabs.map(([id, name]) => {
    const tab = document.createElement('button');
    tab.type = 'button';
    tab.dataset.tab = id;
    tab.dataset.testid = `tab-${id}`;
    tab.textContent = name;
    if (id === 'add') tab.setAttribute('aria-label', w.addPerson);
    if (id === page.tab) tab.setAttribute('aria-current', 'true');
    const n = page.unread.get(id);
    if (n && id !== page.tab) {
      const badge = document.createElement('span');
      badge.className = 'badge';
      badge.textContent = n;
      const spoken = document.createElement('span');
      spoken.className = 'hidden';
      spoken.textContent = ` ${w.unread}`;
      tab.append(' ', badge, spoken);
    }
    return tab;
  }));
  if (focused) document.querySelector(`[data-tab="${focused}"]`)?.focus();
  for (const [room, chat] of page.chats) {
    const el = room === page.state.desk ? byID('room') : chat.el;
    el.classList.toggle('current', (room === page.state.desk ? 'room' : room) === page.tab);
  }
  byID('panel-add').classList.toggle('current', page.tab === 'add');
}

byID('tabs').addEventListener('click', (e) => {
  const tab = e.target.closest('[data-tab]');
  if (!tab) return;
  page.tab = tab.dataset.tab;
  remember('tab', page.tab);
  page.unread.delete(page.tab);
  if (page.tab === 'add') document.querySelector('.add details').open = true;
  drawTabs();
  page.chats.get(page.tab === 'room' ? page.state.desk : page.tab)?.toEnd();
});

// arrived counts what came into a chat that is not in view.
function arrived(room) {
  const id = room === page.state.desk ? 'room' : room;
  if (id === page.tab) return;
  page.unread.set(id, (page.unread.get(id) ?? 0) + 1);
  drawTabs();
}

byID('ui-lang').replaceChildren(...Object.entries(ui).map(([tag, name]) => {
  const option = new Option(name, tag, false, tag === page.lang);
  option.lang = tag;
  return option;
}));
byID('ui-lang').addEventListener('change', (e) => {
  page.lang = e.target.value;
  remember('ui', page.lang);
  speak();
});

byID('add').addEventListener('submit', async (e) => {
  e.preventDefault();
  const form = e.target;
  const trouble = form.querySelector('.trouble');
  trouble.textContent = '';
  try {
    const made = await post('people', { name: form.elements.name.value, lang: form.elements.lang.value });
    form.reset();
    form.closest('details').open = false;
    page.tab = made.room;
    drawTabs();
    page.chats.get(made.room)?.el.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  } catch (err) {
    trouble.textContent = page.words()[err.code] ?? page.words().failed;
  }
});

setInterval(tick, 1000);
load();
