// Draws a photograph of an office letter, all of it invented, so that whoever
// tries the demo has something to ask about.

import { dateOf, weekdayOf } from '/words.js';

const day = 24 * 60 * 60 * 1000;

export function letter(now) {
  const canvas = document.createElement('canvas');
  canvas.width = 900;
  canvas.height = 1200;
  const c = canvas.getContext('2d');
  table(c, canvas);
  c.translate(450, 605);
  c.rotate(-0.025);
  c.translate(-380, -545);
  c.shadowColor = 'rgba(30, 20, 10, .45)';
  c.shadowBlur = 34;
  c.shadowOffsetY = 14;
  c.fillStyle = '#fbfaf5';
  c.fillRect(0, 0, 760, 1090);
  c.shadowColor = 'transparent';
  paper(c, now);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.86));
}

function table(c, { width, height }) {
  const wood = c.createLinearGradient(0, 0, width, height);
  wood.addColorStop(0, '#a98258');
  wood.addColorStop(1, '#7d5b3b');
  c.fillStyle = wood;
  c.fillRect(0, 0, width, height);
  c.strokeStyle = 'rgba(60, 36, 16, .18)';
  for (let y = 12; y < height; y += 31) {
    c.beginPath();
    c.moveTo(0, y);
    c.bezierCurveTo(width / 3, y + 9, width / 1.5, y - 12, width, y + 5);
    c.stroke();
  }
}

function paper(c, now) {
  let due = now + 11 * day;
  while (['Samstag', 'Sonntag'].includes(weekdayOf(due, 'de'))) due += day;
  const write = (text, x, y, font = '22px') => {
    c.font = `${font} Georgia, "Noto Serif", "Liberation Serif", serif`;
    c.fillText(text, x, y);
  };
  c.fillStyle = '#1c3f63';
  c.fillRect(70, 66, 34, 34);
  c.fillStyle = '#fbfaf5';
  c.fillRect(80, 76, 14, 14);
  c.fillStyle = '#1c3f63';
  write('Amt Musterstadt', 118, 93, 'bold 30px');
  c.fillStyle = '#55606a';
  write('Musterweg 1 · 00000 Musterstadt', 70, 170, '17px');
  c.fillStyle = '#22262a';
  ['Frau', 'Erika Beispiel', 'Beispielallee 7', '00000 Musterstadt'].forEach((line, i) => write(line, 70, 210 + i * 30));
  write(`Datum: ${dateOf(now - 2 * day)}`, 500, 210, '19px');
  write('Zeichen: 123-BEISPIEL', 500, 238, '19px');
  write('Einladung zu einem Gespräch', 70, 400, 'bold 26px');
  const lines = [
    'Sehr geehrte Frau Beispiel,', '',
    'ich möchte mit Ihnen über Ihre Unterlagen sprechen.',
    'Bitte kommen Sie am', '',
    `@${weekdayOf(due, 'de')}, ${dateOf(due)}, um 09:30 Uhr`,
    '@in Raum 2.114.', '',
    'Bringen Sie bitte diese Einladung und Ihren',
    'Ausweis mit. Können Sie nicht kommen? Dann',
    'teilen Sie mir das bitte vorher mit.', '',
    'Mit freundlichen Grüßen', 'Im Auftrag',
  ];
  lines.forEach((line, i) => {
    const bold = line.startsWith('@');
    write(bold ? line.slice(1) : line, bold ? 110 : 70, 455 + i * 33, bold ? 'bold 23px' : '22px');
  });
  c.strokeStyle = '#23408e';
  c.lineWidth = 3;
  c.beginPath();
  c.moveTo(75, 955);
  c.bezierCurveTo(110, 880, 120, 1000, 150, 940);
  c.bezierCurveTo(165, 905, 175, 985, 200, 945);
  c.bezierCurveTo(225, 925, 245, 965, 300, 930);
  c.stroke();
  c.fillStyle = '#8a6d1d';
  write('Beispielbrief für die Vorführung, frei erfunden', 70, 1050, 'italic 18px');
}
