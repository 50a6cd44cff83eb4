// The page's own words. What the bot says comes from the bot.

export const ui = { de: 'Deutsch', en: 'English', ar: 'العربية', uk: 'Українська' };
export const rtl = (tag) => /^(ar|fa|ps|ur|he|ckb)\b/.test(tag);

const table = {
  de: {
    what: 'Vorführung: links schreiben Menschen, rechts antwortet das Team. Nichts verlässt diesen Rechner.',
    whatNarrow: 'Vorführung: Wählen Sie ein Handy oder das Team. Nichts verlässt diesen Rechner.',
    skipPhones: 'Zu den Handys', skipRoom: 'Zum Raum der Koordination', view: 'Ansicht', uiLang: 'Sprache dieser Seite',
    clock: 'Uhr der Vorführung', minute: '+1 Min.', hour: '+1 Std.', day: '+1 Tag', week: '+1 Woche', nowIs: 'Es ist jetzt',
    phones: 'Handys', room: 'Raum der Koordination', roomTab: 'Team', iAm: 'Ich bin',
    about: { rima: 'hat einen Brief vom Jobcenter bekommen', oksana: 'sucht einen Kitaplatz', lehmann: 'arbeitet in einer Kita', alex: 'ist neu in Leipzig' },
    roomAbout: 'Hier liest und antwortet das Team.',
    roomEmpty: 'Noch ist es ruhig. Sobald jemand eine Frage sendet, erscheint sie hier.',
    phoneLang: 'Handysprache', block: 'Bot blockieren', unblock: 'Bot wieder zulassen', blocked: 'Der Bot ist blockiert. Er kann hier nichts senden.',
    start: 'Starten', startHint: 'Hier beginnt das Gespräch mit Lotse.', chatWith: 'Gespräch', message: 'Nachricht', roomMessage: 'Nachricht, // für Notiz',
    send: 'Senden', attach: 'Datei', letter: 'Beispielbrief', reply: 'Antworten', replyTo: 'Antwort auf', cancelReply: 'Doch nicht antworten',
    newer: 'Neue Nachrichten', edited: 'geändert', reaction: 'Reaktion', photo: 'Foto', voice: 'Sprachnachricht', video: 'Film', document: 'Datei', gone: 'gelöschte Nachricht',
    protect: 'nicht weitergeben', offline: 'Die Verbindung ist unterbrochen. Ich versuche es weiter.', failed: 'Das hat nicht geklappt. Bitte noch einmal versuchen.',
    too_big: 'Das ist zu groß. Ein Text darf 100 kB haben, eine Datei 10 MB.', too_many: 'Das sind zu viele auf einmal.',
    addPerson: 'Noch ein Handy', name: 'Name', add: 'Hinzufügen', unread: 'neu',
  },
  en: {
    what: 'A demonstration: people write on the left, the team answers on the right. Nothing leaves this computer.',
    whatNarrow: 'A demonstration: choose a phone or the team. Nothing leaves this computer.',
    skipPhones: 'To the phones', skipRoom: 'To the coordinators’ room', view: 'View', uiLang: 'Language of this page',
    clock: 'Clock of the demonstration', minute: '+1 min', hour: '+1 hour', day: '+1 day', week: '+1 week', nowIs: 'It is now',
    phones: 'Phones', room: 'Coordinators’ room', roomTab: 'Team', iAm: 'I am',
    about: { rima: 'has a letter from the Jobcenter', oksana: 'looks for a place in a Kita', lehmann: 'works in a Kita', alex: 'is new in Leipzig' },
    roomAbout: 'Here the team reads and answers.',
    roomEmpty: 'All quiet so far. As soon as somebody sends a question, it appears here.',
    phoneLang: 'Phone language', block: 'Block the bot', unblock: 'Unblock the bot', blocked: 'The bot is blocked. It cannot send anything here.',
    start: 'Start', startHint: 'The conversation with Lotse begins here.', chatWith: 'Conversation', message: 'Message', roomMessage: 'Message, // for a note',
    send: 'Send', attach: 'File', letter: 'Sample letter', reply: 'Reply', replyTo: 'Reply to', cancelReply: 'Do not reply',
    newer: 'New messages', edited: 'edited', reaction: 'Reaction', photo: 'Photo', voice: 'Voice message', video: 'Video', document: 'File', gone: 'deleted message',
    protect: 'do not pass on', offline: 'The connection is interrupted. Trying again.', failed: 'That did not work. Please try again.',
    too_big: 'This is too big. A text may have 100 kB, a file 10 MB.', too_many: 'These are too many at once.',
    addPerson: 'One more phone', name: 'Name', add: 'Add', unread: 'new',
  },
  ar: {
    what: 'عرض تجريبي: في جهة يكتب الناس، وفي الجهة الأخرى يجيب الفريق. لا شيء يغادر هذا الحاسوب.',
    whatNarrow: 'عرض تجريبي: هواتف عدة وغرفة الفريق. لا شيء يغادر هذا الحاسوب.',
    skipPhones: 'إلى الهواتف', skipRoom: 'إلى غرفة الفريق', view: 'العرض', uiLang: 'لغة هذه الصفحة',
    clock: 'ساعة العرض', minute: '+1 دقيقة', hour: '+1 ساعة', day: '+1 يوم', week: '+1 أسبوع', nowIs: 'الوقت الآن',
    phones: 'الهواتف', room: 'غرفة الفريق', roomTab: 'الفريق', iAm: 'أنا',
    about: { rima: 'وصلتها رسالة من ⁨Jobcenter⁩', oksana: 'تبحث عن مكان في روضة ⁨Kita⁩', lehmann: 'تعمل في روضة ⁨Kita⁩', alex: 'وصل حديثًا إلى لايبزيغ' },
    roomAbout: 'هنا يقرأ الفريق ويجيب.',
    roomEmpty: 'الغرفة هادئة. تظهر هنا كل رسالة تُرسل إلى الفريق.',
    phoneLang: 'لغة الهاتف', block: 'حظر البوت', unblock: 'إلغاء حظر البوت', blocked: 'البوت محظور ولا يستطيع الإرسال هنا.',
    start: 'ابدأ', startHint: 'هنا تبدأ المحادثة مع Lotse.', chatWith: 'محادثة', message: 'رسالة', roomMessage: 'رسالة، // للملاحظات',
    send: 'إرسال', attach: 'ملف', letter: 'رسالة مثال', reply: 'رد', replyTo: 'رد على', cancelReply: 'إلغاء الرد',
    newer: 'رسائل جديدة', edited: 'مُعدَّلة', reaction: 'تفاعل', photo: 'صورة', voice: 'رسالة صوتية', video: 'فيديو', document: 'ملف', gone: 'رسالة محذوفة',
    protect: 'ليست للنشر', offline: 'انقطع الاتصال. تجري المحاولة من جديد.', failed: 'لم ينجح ذلك. يُرجى المحاولة مرة أخرى.',
    too_big: 'هذا كبير جدًا. الحد للنص 100 كيلوبايت وللملف 10 ميغابايت.', too_many: 'هذا كثير في مرة واحدة.',
    addPerson: 'هاتف آخر', name: 'الاسم', add: 'إضافة', unread: 'جديد',
  },
  uk: {
    what: 'Демонстрація: ліворуч пишуть люди, праворуч відповідає команда. Ніщо не залишає цей комп’ютер.',
    whatNarrow: 'Демонстрація: оберіть телефон або команду. Ніщо не залишає цей комп’ютер.',
    skipPhones: 'До телефонів', skipRoom: 'До кімнати команди', view: 'Вигляд', uiLang: 'Мова цієї сторінки',
    clock: 'Годинник демонстрації', minute: '+1 хв', hour: '+1 год', day: '+1 день', week: '+1 тиждень', nowIs: 'Зараз',
    phones: 'Телефони', room: 'Кімната команди', roomTab: 'Команда', iAm: 'Я',
    about: { rima: 'має лист від Jobcenter', oksana: 'шукає місце в дитсадку (Kita)', lehmann: 'працює в дитсадку (Kita)', alex: 'нещодавно в Лейпцигу' },
    roomAbout: 'Тут команда читає й відповідає.',
    roomEmpty: 'Поки що тихо. Щойно хтось надішле запитання, воно з’явиться тут.',
    phoneLang: 'Мова телефона', block: 'Заблокувати бота', unblock: 'Розблокувати бота', blocked: 'Бота заблоковано. Він не може сюди писати.',
    start: 'Почати', startHint: 'Тут починається розмова з Lotse.', chatWith: 'Розмова', message: 'Повідомлення', roomMessage: 'Повідомлення, // нотатка',
    send: 'Надіслати', attach: 'Файл', letter: 'Зразок листа', reply: 'Відповісти', replyTo: 'Відповідь на', cancelReply: 'Не відповідати',
    newer: 'Нові повідомлення', edited: 'змінено', reaction: 'Реакція', photo: 'Фото', voice: 'Голосове повідомлення', video: 'Відео', document: 'Файл', gone: 'видалене повідомлення',
    protect: 'не передавати далі', offline: 'З’єднання перервано. Пробуємо ще раз.', failed: 'Не вдалося. Спробуйте, будь ласка, ще раз.',
    too_big: 'Це завелике. Текст може мати 100 кБ, файл 10 МБ.', too_many: 'Забагато за один раз.',
    addPerson: 'Ще один телефон', name: 'Ім’я', add: 'Додати', unread: 'нові',
  },
};

// known is the first of the tags that the page has words in.
export function known(...tags) {
  for (const tag of tags) {
    const short = String(tag || '').toLowerCase().split('-')[0];
    if (Object.hasOwn(table, short)) return short;
  }
  return 'de';
}

export const words = (tag) => table[known(tag)];

// Times are shown as the network shows them: in Leipzig, with Latin digits.
const format = (tag, parts) => new Intl.DateTimeFormat(`${known(tag)}-u-nu-latn-ca-gregory`, { timeZone: 'Europe/Berlin', ...parts });
const day = new Intl.DateTimeFormat('de-DE', { timeZone: 'Europe/Berlin', day: '2-digit', month: '2-digit', year: 'numeric' });

export const timeOf = (at) => format('de', { hour: '2-digit', minute: '2-digit' }).format(at);
export const dateOf = (at) => day.format(at);
export const comma = (tag) => (rtl(tag) ? '،' : ',');
export const weekdayOf = (at, tag, length = 'long') => format(tag, { weekday: length }).format(at);
