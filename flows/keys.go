package flows

import "slices"

// spoken are the keys that are said beside those of the tables: by the
// functions of steps, by the engine and by the desk. A test compares this list
// with the code.
var spoken = []string{
	"ask.added", "ask.kept", "ask.phone.wrong", "ask.sent", "ask.sent.aim", "ask.sent.hint", "ask.sent.usual", "ask.toomany", "ask.toomany.month",
	"back.answer", "cancelled", "doubt.clear", "doubt.device", "doubt.key", "doubt.open", "forgotten", "moved", "old", "quote",
	"doubt.lost", "doubt.verify",
	"miss.again", "miss.first", "miss.human",
	"wrong.empty", "wrong.files", "wrong.kind", "wrong.long", "wrong.picture", "wrong.size",
	"held.add", "held.dropped", "held.more", "heard.inquiry", "heard.new",
	"language.name", "language.set", "mine.item", "mine.withdrawn", "privacy.revoked", "start.again",
	"sos.card", "sos.line", "sos.on", "sos.say", "sos.unsent", "start.link",
	"unsaid.desk", "unsaid.draft", "status.waiting", "status.claimed", "status.answered", "status.closed", "status.withdrawn",
	"inquiry.claimed", "inquiry.closed", "inquiry.recalled", "inquiry.reopened", "status.undelivered",
	"answer.addition", "answer.correction", "answer.foreign", "answer.head", "answer.more", "answer.own",
	"helped.no", "helped.thanks.no", "helped.thanks.yes", "helped.yes",
	"desk.card.helped.no", "desk.card.helped.yes", "desk.correct", "desk.edited.back", "desk.handover", "desk.helped.no", "desk.idle",
	"desk.open", "desk.open.none", "desk.open.line", "desk.open.soon", "desk.open.late", "desk.open.more", "desk.do.next", "desk.open.show",
	"desk.story.added", "desk.story.answer", "desk.story.note", "desk.story.files", "desk.nudge", "desk.nudge.owner",
	"agenda.wished", "agenda.approved", "agenda.refused", "agenda.yes", "agenda.no", "agenda.agree", "answer.proposal", "answer.result",
	"desk.agenda", "desk.agenda.none", "desk.agenda.item", "desk.agenda.waiting", "desk.agenda.write", "desk.agenda.result", "desk.agenda.result.of",
	"desk.agenda.sent", "desk.agenda.wished", "desk.agenda.approved", "desk.agenda.refused", "desk.do.propose",
	"desk.card.agenda.wished", "desk.card.agenda.proposed", "desk.card.agenda.approved", "desk.card.agenda.discussed",
	"desk.odd.mention", "desk.odd.number", "desk.unread", "desk.overtaken", "desk.recall.sure", "desk.recalled", "desk.takeover", "desk.status.undelivered",
	"desk.do.addition", "desk.do.correct", "desk.do.gone", "desk.do.handover", "desk.do.recall", "desk.do.sure", "desk.do.takeover",
	"inquiry.absent", "inquiry.absent.danger",
	"inquiry.late", "inquiry.late.again", "inquiry.late.help",
	"desk.added", "desk.claim.taken", "desk.claim.yours", "desk.closed", "desk.delivered", "desk.discarded",
	"desk.failed", "desk.leaving", "desk.by", "desk.note", "desk.noted", "desk.old", "desk.preview", "desk.release.notyours", "why.gone",
	"reworded.closed", "reworded.desk", "reworded.draft",
	"desk.reworded",
	"desk.rewrite", "desk.sent", "desk.toolate", "desk.undelivered", "desk.unsure", "desk.withdrawn", "desk.write",
	"desk.card", "desk.card.away", "desk.card.deadline.later", "desk.card.deadline.soon",
	"desk.card.owned", "desk.card.phone", "desk.card.reworded", "desk.card.status", "desk.card.when",
	"desk.status.waiting", "desk.status.claimed", "desk.status.answered", "desk.status.closed", "desk.status.withdrawn",
	"desk.template", "desk.template.checked", "desk.template.how", "desk.template.lacking", "desk.template.original",
	"desk.template.own", "desk.template.show", "desk.template.unchecked",
	"desk.templates", "desk.templates.for", "desk.templates.found", "desk.templates.none",
	"desk.slot.contact", "desk.slot.unconfirmed", "desk.slot.amount", "desk.slot.date", "desk.slot.office", "desk.slot.phone", "desk.slot.place", "desk.slot.time",
	"desk.slot.ask.amount", "desk.slot.ask.date", "desk.slot.ask.office", "desk.slot.ask.phone", "desk.slot.ask.place", "desk.slot.ask.time",
	"desk.slot.wrong.amount", "desk.slot.wrong.date", "desk.slot.wrong.date.far", "desk.slot.wrong.date.past", "desk.slot.wrong.date.weekday",
	"desk.slot.wrong.date.year", "desk.slot.wrong.line", "desk.slot.wrong.phone", "desk.slot.wrong.time",
	"desk.do.answer", "desk.do.browse", "desk.do.change", "desk.do.claim", "desk.do.close", "desk.do.discard",
	"desk.do.release", "desk.do.reopen", "desk.do.resend", "desk.do.send", "desk.do.undo",
	"desk.stats", "desk.stats.few", "desk.stats.hidden", "desk.stats.intime", "desk.stats.languages", "desk.stats.less", "desk.stats.median",
	"desk.stats.other", "desk.stats.row", "desk.stats.topics",
}

// meetingKeys are those that a meeting is described with.
var meetingKeys = []string{
	"meeting.head", "meeting.kind.network", "meeting.kind.theme", "meeting.kind.cafe", "meeting.foreign", "meeting.cancelled",
	"meeting.cancelled.plain", "meeting.reason.illness", "meeting.reason.room", "meeting.reason.weather", "meeting.when", "meeting.place",
	"meeting.place.name", "meeting.place.open", "meeting.hint", "meeting.stop", "meeting.online", "meeting.speaker", "meeting.tables", "meeting.agenda",
	"meeting.point", "meeting.point.theme", "meeting.stepfree.yes", "meeting.stepfree.no", "meeting.stepfree.ask", "meeting.interpreter", "meeting.interpreter.request",
	"meeting.interpreter.until", "meeting.interpreter.ask", "meeting.childcare.yes", "meeting.childcare.ages", "meeting.childcare.until",
	"meeting.childcare.no", "meeting.childcare.ask", "meeting.food.none", "meeting.food.vegetarian", "meeting.food.halal", "meeting.food.ask",
	"meeting.free", "meeting.left", "meeting.full", "meeting.when.open",
}

// dateKeys are those of the people's side of meetings.
var dateKeys = []string{
	"meetings.item", "meetings.answer.yes", "meetings.answer.waiting", "meetings.answer.maybe", "meetings.answer.no", "meetings.answer.mute",
	"meetings.answer.follow", "meetings.do.again", "meetings.do.change", "meetings.do.follow", "meetings.do.ics", "meetings.do.keep", "meetings.do.map",
	"meetings.do.maybe", "meetings.do.next", "meetings.do.no", "meetings.do.off", "meetings.do.papers", "meetings.do.show", "meetings.do.stop",
	"meetings.do.yes", "meetings.forgotten", "meetings.kids.none", "meetings.kinds.any", "meetings.lang.none", "meetings.lead.day", "meetings.lead.day.on",
	"meetings.lead.hours", "meetings.lead.hours.on", "meetings.lead.week", "meetings.lead.week.on", "meetings.leads.last", "meetings.many", "meetings.movedup",
	"meetings.muted", "meetings.muted.waiting", "meetings.need.kids", "meetings.need.lang", "meetings.need.step", "meetings.needs.kids",
	"meetings.needs.lang", "meetings.needs.step", "meetings.needs.step.off", "meetings.on", "meetings.paper", "meetings.paper.link", "meetings.papers",
	"meetings.people.free", "meetings.place", "meetings.receipt", "meetings.still", "meetings.stopped", "meetings.stopped.question",
	"meetings.stopped.seats", "meetings.yours.one",
}

// pageKeys are those of buttons about pages, and of what the desk is told about them.
var pageKeys = []string{"contact.checked", "contact.language", "contact.mail", "contact.name", "contact.topic", "contact.web", "info.next", "info.prev", "desk.info.overdue", "desk.info.overdue.how", "desk.info.page", "desk.info.right", "desk.info.wrong",
	"desk.info.hidden", "desk.info.left", "desk.info.more", "desk.info.shown", "desk.info.listed", "desk.info.open",
	"desk.pages.list", "desk.pages.checked", "desk.pages.checked.late", "desk.pages.draft", "desk.pages.draft.late", "desk.pages.how", "desk.pages.more",
	"desk.pages.head", "desk.pages.ask", "desk.pages.ok", "desk.pages.nobody", "desk.pages.when", "desk.pages.who", "desk.pages.done", "desk.pages.undo",
	"desk.pages.undone", "desk.pages.changed",
	"desk.links.fine", "desk.links.head", "desk.links.head.moved", "desk.links.page", "desk.links.paper", "desk.links.broken", "desk.links.moved", "desk.links.how",
	"desk.links.why.gone", "desk.links.why.failing", "desk.links.why.unknown", "desk.links.why.silent", "desk.links.why.unsafe", "desk.links.why.circle",
	"desk.links.why.private",
	"desk.reload.done", "desk.reload.line", "desk.reload.more", "desk.reload.none", "desk.reload.stays", "desk.reload.wrong"}

// memberKeys are those of buttons about a registration and of what comes by itself.
var memberKeys = []string{
	"join.first", "join.dropped", "join.list.mine", "register.young", "register.item", "register.org.wrong", "register.mail.wrong", "register.done", "register.done.hint",
	"register.changed", "member.file", "member.left", "member.kept", "member.right", "member.right.keep", "member.right.change", "member.forgotten", "member.greeted",
	"member.unreached", "exchange.reach.same", "exchange.topics.are", "exchange.shown", "exchange.saved", "exchange.off", "exchange.sought", "exchange.nobody",
	"exchange.ask", "exchange.ask.free", "exchange.do.yes", "exchange.do.no", "exchange.do.back", "exchange.do.end", "exchange.yes", "exchange.no",
	"exchange.past", "exchange.meet", "exchange.meet.hint", "exchange.not", "exchange.end", "exchange.ended",
	"desk.member.card.person", "desk.member.card.org", "desk.member.since", "desk.member.exchange", "desk.member.paused", "desk.member.changed",
	"desk.member.is.open", "desk.member.is.greeted", "desk.member.is.unreached", "desk.member.do.greeted", "desk.member.do.unreached",
	"desk.member.do.partners", "desk.member.do.next", "desk.member.list", "desk.member.found", "desk.member.found.none", "desk.member.how",
	"desk.member.line", "desk.member.as.org", "desk.member.as.person", "desk.member.state.open", "desk.member.state.greeted", "desk.member.state.unreached",
	"desk.member.state.paused", "desk.member.partners", "desk.member.partners.none", "desk.member.partners.how",
}

// planKeys are those that meetings are worked on with in the desk.
var planKeys = []string{
	"desk.meet.list", "desk.meet.list.none", "desk.meet.list.how", "desk.meet.past", "desk.meet.line", "desk.meet.line.open", "desk.meet.item",
	"desk.meet.item.title", "desk.meet.at", "desk.meet.proposed", "desk.meet.card", "desk.meet.is.draft", "desk.meet.is.changed", "desk.meet.is.published",
	"desk.meet.is.cancelled", "desk.meet.is.over", "desk.meet.counts", "desk.meet.seats", "desk.meet.seats.language", "desk.meet.unpublished",
	"desk.meet.new", "desk.meet.begun", "desk.meet.many", "desk.meet.old", "desk.meet.noreply", "desk.meet.more", "desk.meet.languages",
	"desk.meet.ask", "desk.meet.now", "desk.meet.yours", "desk.meet.how.when", "desk.meet.how.title", "desk.meet.how.about", "desk.meet.how.venue",
	"desk.meet.how.online", "desk.meet.how.ages", "desk.meet.how.until", "desk.meet.how.speaker", "desk.meet.how.tables", "desk.meet.how.agenda",
	"desk.meet.how.capacity", "desk.meet.how.attended", "desk.meet.how.papers", "desk.meet.how.lang", "desk.meet.set", "desk.meet.undone", "desk.meet.undone.none", "desk.meet.undone.other",
	"desk.meet.conflict", "desk.meet.left", "desk.meet.changed", "desk.meet.unconfirmed", "desk.meet.part", "desk.meet.flip", "desk.meet.cases",
	"desk.meet.preview", "desk.meet.lacks", "desk.meet.lacks.title", "desk.meet.lacks.when", "desk.meet.lacks.future", "desk.meet.diff",
	"desk.meet.diff.first", "desk.meet.diff.none", "desk.meet.diff.field", "desk.meet.diff.old", "desk.meet.diff.new", "desk.meet.quiet",
	"desk.meet.why", "desk.meet.reason.other", "desk.meet.instead", "desk.meet.instead.when", "desk.meet.instead.is", "desk.meet.replaced",
	"desk.meet.takesplace", "desk.meet.revive.not", "desk.meet.drop", "desk.meet.dropped", "desk.meet.published", "desk.meet.published.cancelled",
	"desk.meet.nodate", "desk.meet.fine", "desk.meet.warn.holiday", "desk.meet.warn.school", "desk.meet.warn.feast", "desk.meet.warn.ramadan",
	"desk.meet.warn.friday", "desk.meet.warn.soon", "desk.meet.warn.clash", "desk.meet.warn.venue", "desk.meet.warn.interpreters",
	"desk.meet.warn.capacity", "desk.meet.warn.language", "desk.meet.school.winter", "desk.meet.school.easter", "desk.meet.school.free",
	"desk.meet.school.summer", "desk.meet.school.autumn", "desk.meet.school.christmas", "desk.meet.feast.orthodox.christmas",
	"desk.meet.feast.orthodox.easter", "desk.meet.feast.tet", "desk.meet.feast.fitr", "desk.meet.feast.adha", "desk.meet.feast.nowruz",
	"desk.meet.wrong.empty", "desk.meet.wrong.long", "desk.meet.wrong.time", "desk.meet.wrong.end", "desk.meet.wrong.hours", "desk.meet.wrong.venue",
	"desk.meet.wrong.link", "desk.meet.wrong.ages", "desk.meet.wrong.until", "desk.meet.wrong.many", "desk.meet.wrong.number",
	"desk.meet.wrong.picture", "desk.meet.wrong.size", "desk.meet.wrong.paper", "desk.meet.wrong.text", "desk.meet.value", "desk.meet.written",
	"desk.meet.none", "desk.meet.geo", "desk.meet.until", "desk.meet.capacity", "desk.meet.capacity.none", "desk.meet.attended", "desk.meet.point.shown",
	"desk.meet.point.internal", "desk.meet.point.inquiry", "desk.meet.point.theme", "desk.meet.point.theme.internal", "desk.meet.themes", "desk.meet.theme", "desk.meet.do.themes", "desk.meet.paper", "desk.meet.yes", "desk.meet.no", "desk.meet.unknown", "desk.meet.request",
	"desk.meet.food.vegetarian", "desk.meet.food.halal", "desk.meet.food.none", "desk.meet.food.unknown", "desk.meet.field.kind",
	"desk.meet.field.when", "desk.meet.field.title", "desk.meet.field.about", "desk.meet.field.venue", "desk.meet.field.online",
	"desk.meet.field.stepfree", "desk.meet.field.interpreters", "desk.meet.field.childcare", "desk.meet.field.ages", "desk.meet.field.until",
	"desk.meet.field.food", "desk.meet.field.speaker", "desk.meet.field.tables", "desk.meet.field.agenda", "desk.meet.field.capacity", "desk.meet.field.attended",
	"desk.meet.field.papers", "desk.meet.field.cancelled", "desk.meet.do.show", "desk.meet.do.more", "desk.meet.do.languages", "desk.meet.do.empty",
	"desk.meet.do.cases", "desk.meet.do.skip", "desk.meet.do.rest", "desk.meet.do.undo", "desk.meet.do.anyway", "desk.meet.do.leave",
	"desk.meet.do.preview", "desk.meet.do.publish", "desk.meet.do.announce", "desk.meet.do.cancel", "desk.meet.do.instead", "desk.meet.do.open",
	"desk.meet.do.revive", "desk.meet.do.drop", "desk.meet.do.dropped", "desk.meet.do.new", "desk.meet.do.past",
}

// newsKeys are those of reminders and announcements.
var newsKeys = []string{
	"remind.head", "remind.yes", "remind.online", "remind.waiting", "remind.ask", "remind.noted", "news.title", "news.new", "news.moved", "news.was", "news.place", "news.again", "news.cancelled", "news.reason",
	"news.instead", "news.open", "news.papers", "desk.cast.head", "desk.cast.what.new", "desk.cast.what.moved", "desk.cast.what.cancelled",
	"desk.cast.what.papers", "desk.cast.counting", "desk.cast.count", "desk.cast.nobody", "desk.cast.language", "desk.cast.language.german",
	"desk.cast.away", "desk.cast.soon", "desk.cast.night", "desk.cast.urgent", "desk.cast.says", "desk.cast.sure", "desk.cast.planned",
	"desk.cast.sending", "desk.cast.done", "desk.cast.arrived", "desk.cast.lost", "desk.cast.lost.gone", "desk.cast.lost.bad", "desk.cast.lost.time",
	"desk.cast.lost.off", "desk.cast.lost.unknown", "desk.cast.lost.needless", "desk.cast.silent", "desk.cast.dropped", "desk.cast.stopped",
	"desk.cast.superseded", "desk.cast.last", "desk.cast.do.now", "desk.cast.do.later", "desk.cast.do.silent", "desk.cast.do.back", "desk.cast.do.sure",
	"desk.cast.do.stop",
}

// surveyKeys are those of campaigns, beside what their files say.
var surveyKeys = []string{
	"survey.back", "survey.begin", "survey.cell", "survey.cell.number", "survey.cell.words", "survey.discarded", "survey.edited", "survey.invite",
	"survey.invite.do", "survey.invite.how", "survey.invite.stop", "survey.long", "survey.next", "survey.number.wrong", "survey.old", "survey.paused",
	"survey.resumed", "survey.send.do", "survey.skip", "survey.young", "desk.cast.dropped.survey", "desk.cast.nobody.survey", "desk.cast.planned.survey",
	"desk.cast.sending.survey", "desk.cast.what.survey", "desk.survey.count", "desk.survey.days", "desk.survey.do.close", "desk.survey.do.invite",
	"desk.survey.do.open", "desk.survey.do.results", "desk.survey.do.table", "desk.survey.few", "desk.survey.head", "desk.survey.held",
	"desk.survey.held.short", "desk.survey.hidden", "desk.survey.less", "desk.survey.less.short", "desk.survey.more", "desk.survey.open", "desk.survey.over",
	"desk.survey.row", "desk.survey.shut", "desk.survey.waits",
}

// spokenByBot are the keys that package bot says by itself. The same test looks
// there as well.
var spokenByBot = []string{
	"desk.help.surveys", "desk.survey.closed", "desk.survey.column.all", "desk.survey.column.answer", "desk.survey.column.people", "desk.survey.column.question", "desk.survey.column.text", "desk.survey.need",
	"desk.survey.none", "desk.survey.nothing", "desk.survey.offer", "desk.survey.opened", "desk.survey.question", "desk.survey.table",
	"answer.corrected", "answer.file", "answer.recalled", "choose.number", "desk.erased", "desk.erased.away", "desk.file", "desk.damaged", "desk.doubt.clear", "desk.doubt.device", "desk.doubt.key", "desk.gone", "desk.gone.some", "desk.unknown", "desk.help", "desk.help.lists", "desk.help.numbers", "desk.help.templates", "desk.left", "desk.unshown",
	"desk.blank", "desk.erased.former", "desk.erased.left",
	"answer.place",
	"inquiry.file.lost",
	"desk.help.contacts", "desk.help.members", "desk.help.offers", "desk.offer.gone", "desk.offer.away", "desk.offer.undelivered", "desk.offer.old", "desk.idea.full", "desk.idea.gone", "desk.help.pages", "desk.help.reload", "desk.help.statistics", "desk.help.meetings", "desk.meet.gone",
	"desk.member.pair.asked", "desk.member.pair.made", "desk.member.pair.not", "desk.member.pair.known", "desk.member.gone", "desk.member.again",
	"desk.member.reply", "desk.member.none",
	"desk.cast.noted", "desk.cast.changed", "desk.cast.gone",
	"desk.room.admin", "desk.room.deleting", "desk.room.fine", "desk.room.lacks", "desk.room.reading", "desk.room.simple",
	"desk.doubt.lost",
	"desk.room.door", "desk.room.past",
	"desk.room.rank", "desk.room.secrecy", "desk.room.settings",
	"desk.absent", "desk.other.back", "desk.other.mute", "desk.other.out", "desk.other.writing", "desk.room.moved",
	"desk.room.threads", "desk.room.upgrade", "desk.room.who",
	"mine.withdrawn.limits", "privacy.erased", "privacy.erased.left", "privacy.erased.waits", "privacy.erasing", "why.bad", "why.damaged", "why.time",
}

// spokenByMain are the keys of what a network shows before anybody talks.
var spokenByMain = []string{
	"command.anmeldungen", "command.fragebogen", "command.info", "command.join", "command.survey", "command.kontakte", "command.neuladen", "command.seiten", "command.meetings", "command.stop",
	"demo.cafe.about", "demo.cafe.title", "demo.network.about", "demo.network.title", "demo.past.about", "demo.past.minutes", "demo.past.title", "demo.theme.about", "demo.theme.title",
	"command.ask", "command.ressourcen", "command.ideen", "command.bausteine", "command.help", "command.fall", "command.hilfe", "command.offen", "command.language", "command.menu", "command.mine", "command.mydata",
	"command.privacy", "command.sos", "command.start", "profile.about", "profile.name", "profile.short",
	"command.ask", "command.bausteine", "command.help", "command.hilfe", "command.language", "command.menu", "command.mine", "command.mydata",
	"command.privacy", "command.sos", "command.start", "command.statistik", "command.themen", "command.treffen", "profile.about", "profile.name", "profile.short",
}

// spokenByLocales are the keys that package locales knows by name.
var spokenByLocales = []string{"date.day", "date.when", "oops"}

// importKeys are those that a calendar file is compared with.
var importKeys = []string{
	"desk.import.head", "desk.import.new", "desk.import.same", "desk.import.changed", "desk.import.was", "desk.import.becomes",
	"desk.import.title", "desk.import.place", "desk.import.about", "desk.import.cancelled", "desk.import.back", "desk.import.lacks",
	"desk.import.lack.start", "desk.import.lack.end", "desk.import.lack.zone", "desk.import.lack.series", "desk.import.lack.name",
	"desk.import.more", "desk.import.none", "desk.import.how", "desk.import.take",
}

// publicKeys are those that package bot says on the public pages and in calendars.
var publicKeys = []string{
	"board.title", "board.lead", "board.skip", "board.languages", "board.kinds", "board.all", "board.coming", "board.past",
	"board.none", "board.map", "board.file", "board.notice", "board.papers", "board.paper", "board.replaced", "board.replaces",
	"board.chat", "board.chat.why", "board.scan", "board.code", "board.print", "board.pick", "board.show", "board.back",
	"board.unreachable", "feed.name", "feed.summary", "feed.summary.cancelled", "feed.late", "feed.subscribe", "feed.file",
	"desk.import.large", "desk.import.unreadable", "desk.import.taken", "desk.import.changed.since", "desk.import.full",
	"desk.import.gone",
}

// Keys are all keys that can be said, sorted: a catalogue needs these and no
// others. tags are its languages, each of which is named in each.
func Keys(flows []Flow, tags []string, topics []Topic, hotlines []Hotline) []string {
	keys := slices.Concat(spoken, meetingKeys, dateKeys, pageKeys, memberKeys, planKeys, importKeys, newsKeys, surveyKeys, offerDeskKeys, ideaKeys, spokenByBot, publicKeys, spokenByMain, spokenByLocales)
	for _, f := range flows {
		for _, st := range f.Steps {
			keys = append(keys, stepKeys(f.ID, st)...)
		}
	}
	for _, n := range newTable(flows).navigation {
		if n.key != "" {
			keys = append(keys, n.key)
		}
	}
	for _, tag := range slices.Concat(tags, Interpreted) {
		keys = append(keys, "language.name."+tag)
	}
	for _, t := range topics {
		if keys = append(keys, topicKey(t.ID)); t.Linked {
			keys = append(keys, questionKey(t.ID))
		}
	}
	for _, h := range hotlines {
		keys = append(keys, "sos.for."+h.ID)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// stepKeys are the keys that the table of a step names.
func stepKeys(flow string, st Step) []string {
	keys := slices.Clone(st.Keys)
	if st.Body == nil {
		keys = append(keys, flow+"."+st.ID)
	}
	for _, o := range st.Options {
		switch {
		case o.Text != nil:
			keys = append(keys, o.Text.Key)
		case o.Key != "":
			keys = append(keys, o.Key)
		case o.Label == "":
			keys = append(keys, flow+"."+st.ID+"."+o.ID)
		}
	}
	return keys
}
