// Shows what a message says. Nothing here is ever parsed as HTML.

// node makes an element; children may be strings.
export function node(name, attributes = {}, ...children) {
  const el = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) el.setAttribute(key, '');
    else if (value !== false && value != null) el.setAttribute(key, value);
  }
  el.append(...children.filter((c) => c != null));
  return el;
}

// styled is the text with its marks: bold, italic, and other people's words.
export function styled(text, marks = []) {
  const out = document.createDocumentFragment();
  const quotes = marks.filter((m) => m.s === 'q').sort((a, b) => a.f - b.f);
  let at = 0;
  for (const q of quotes) {
    const from = Math.max(q.f, at);
    if (from >= q.t) continue;
    // A quotation that fills its lines becomes a block and needs no line breaks around it.
    const before = /(^|\n)[\u200e\u200f]*$/.exec(text.slice(at, from));
    const after = /^[\u200e\u200f]*(\n|$)/.exec(text.slice(q.t));
    const block = before && after && (before[1] || from === at);
    out.append(...pieces(text, at, block ? at + before.index : from, marks));
    out.append(node(block ? 'blockquote' : 'q', { dir: 'auto' }, ...pieces(text, from, q.t, marks)));
    at = block ? q.t + after[0].length : q.t;
  }
  out.append(...pieces(text, at, text.length, marks));
  return out;
}

function pieces(text, from, to, marks) {
  const flat = marks.filter((m) => m.s !== 'q' && m.f < to && m.t > from);
  const cuts = [...new Set([from, to, ...flat.flatMap((m) => [Math.max(m.f, from), Math.min(m.t, to)])])].sort((a, b) => a - b);
  const out = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    let piece = document.createTextNode(text.slice(cuts[i], cuts[i + 1]));
    for (const [style, name] of [['i', 'em'], ['b', 'strong']]) {
      if (flat.some((m) => m.s === style && m.f <= cuts[i] && m.t >= cuts[i + 1])) piece = node(name, {}, piece);
    }
    out.push(piece);
  }
  return out;
}

export function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1).replace('.', ',')} MB`;
}

export function length(seconds) {
  const s = Math.round(seconds);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

// shown is a file as its kind is best shown.
export function shown(file, w, author, settled) {
  const href = `/media/${encodeURIComponent(file.ref)}`;
  const label = `${w[file.kind] ?? w.document}, ${author}`;
  switch (file.kind) {
    case 'photo': {
      const img = node('img', { src: href, alt: label });
      img.addEventListener('load', settled, { once: true });
      return node('a', { class: 'photo', href, target: '_blank', rel: 'noopener' }, img);
    }
    case 'voice':
      return node('figure', { class: 'voice' },
        node('figcaption', {}, `🎤 ${w.voice}`, file.seconds ? node('bdi', {}, ` ${length(file.seconds)}`) : null),
        node('audio', { src: href, controls: true, preload: 'none', 'aria-label': label }));
    case 'video':
      return node('video', { src: href, controls: true, preload: 'metadata', 'aria-label': label });
    default:
      return node('a', { class: 'document', href, download: file.name || true },
        node('span', { 'aria-hidden': 'true' }, '📄'), ' ',
        node('bdi', {}, file.name || w.document),
        file.size ? node('span', { class: 'size' }, ` ${size(file.size)}`) : null);
  }
}
