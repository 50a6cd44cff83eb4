package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lotse/bot/chat"
)

// MaxStep is the furthest the clock is moved at once.
const MaxStep = 366 * 24 * time.Hour

// do makes r happen once: a repeated r.ID is answered as before. possible is
// asked first, under the lock, and may complete r.
func (w *Web) do(r record, possible func(in *room, r *record) error) (answer, error) {
	if len(r.ID) > 128 {
		return answer{}, refuse(http.StatusBadRequest, "bad_id", "The id is longer than 128 bytes.")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.state.done[r.key()]; ok && r.ID != "" {
		return w.answerTo(r, n), nil
	}
	in := w.state.rooms[r.Room]
	if in == nil && r.Act != join {
		return answer{}, refuse(http.StatusNotFound, "no_room", "There is no such room.")
	}
	if err := possible(in, &r); err != nil {
		return answer{}, err
	}
	r, err := w.append(r)
	if err != nil {
		return answer{}, err
	}
	return w.answerTo(r, r.N), nil
}

// answerTo says what record n, which did r, has made. The caller holds w.mu.
func (w *Web) answerTo(r record, n int64) answer {
	switch r.Act {
	case say:
		return answer{Message: messageID(n), Event: eventID(n)}
	case press, block, back:
		return answer{Event: eventID(n)}
	case join:
		return answer{Room: w.state.touched[w.state.since(n-1)].room}
	}
	return answer{}
}

// author completes r with who speaks: the phone's owner, or one of the staff.
func (w *Web) author(in *room, r *record) error {
	p := w.state.person(r.Room)
	if r.Room == w.opt.Desk.Room {
		p = nil
		if i := slices.IndexFunc(w.opt.Staff, func(s Person) bool { return s.ID == r.From }); i >= 0 {
			p = &w.opt.Staff[i]
		}
	}
	if p == nil || r.From != "" && r.From != p.ID {
		return refuse(http.StatusForbidden, "not_you", "This person does not speak in this room.")
	}
	if in.blocked {
		return refuse(http.StatusConflict, "blocked", "This person has blocked the bot. Unblock it first.")
	}
	r.From, r.Name, r.Lang = p.ID, p.Name, p.Lang
	return nil
}

// answers is nil when r.On is empty or a message that is or was in the room.
func answers(in *room, r *record) error {
	if r.On != "" && in.byID[r.On] == nil {
		return refuse(http.StatusNotFound, "no_message", "There is no such message.")
	}
	return nil
}

func (w *Web) postSay(r *http.Request) (answer, error) {
	var q struct{ Room, From, Text, Reply, ID string }
	if err := readJSON(r, &q); err != nil {
		return answer{}, err
	}
	if q.Text == "" {
		return answer{}, refuse(http.StatusBadRequest, "empty", "There is nothing to send yet.")
	}
	if len(q.Text) > MaxText {
		return answer{}, tooBig
	}
	return w.do(record{Act: say, Room: q.Room, From: q.From, Text: q.Text, On: q.Reply, ID: q.ID}, w.maySay)
}

func (w *Web) maySay(in *room, r *record) error {
	if err := w.author(in, r); err != nil {
		return err
	}
	return answers(in, r)
}

func (w *Web) postPress(r *http.Request) (answer, error) {
	var q struct{ Room, From, Message, Button, ID string }
	if err := readJSON(r, &q); err != nil {
		return answer{}, err
	}
	if q.Button == "" || len(q.Button) > chat.MaxButtonID {
		return answer{}, refuse(http.StatusBadRequest, "no_button", "There is no such button.")
	}
	// Which buttons a message has now is not asked: on a real network, too, a
	// press can be on its way while the bot replaces them.
	return w.do(record{Act: press, Room: q.Room, From: q.From, On: q.Message, Text: q.Button, ID: q.ID},
		func(in *room, r *record) error {
			if err := w.author(in, r); err != nil {
				return err
			}
			if m := in.byID[r.On]; m == nil || m.deleted || m.from != "" {
				return refuse(http.StatusNotFound, "no_message", "There is no such message of the bot.")
			}
			return nil
		})
}

// An upload is a read multipart form.
type upload struct {
	record
	seconds float64
	bytes   [][]byte
}

func (w *Web) postUpload(r *http.Request) (answer, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, MaxUpload+64<<10)
	form, err := r.MultipartReader()
	if err != nil {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "not_multipart", "The body must be multipart/form-data.")
	}
	u := upload{record: record{Act: say}}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = u.read(part)
		}
		if err != nil {
			return answer{}, broken(err)
		}
	}
	if len(u.bytes) == 0 {
		return answer{}, refuse(http.StatusBadRequest, "empty", "There is no file to send yet.")
	}
	if u.seconds > 0 {
		for i := range u.Files {
			if k := u.Files[i].Kind; k == chat.Voice || k == chat.Video {
				u.Files[i].Length = time.Duration(u.seconds * float64(time.Second))
			}
		}
	}
	return w.keep(u)
}

// keep puts the bytes on disk before the record that names them, and drops them
// again when the record is refused or a repetition.
func (w *Web) keep(u upload) (done answer, err error) {
	used := false
	for i, f := range u.Files {
		if err = w.media.put(f.Ref, u.bytes[i]); err != nil {
			break
		}
	}
	if err == nil {
		done, err = w.do(u.record, func(in *room, r *record) error {
			used = true
			return w.maySay(in, r)
		})
	}
	if err != nil || !used {
		for _, f := range u.Files {
			err = errors.Join(err, w.media.drop(f.Ref))
		}
	}
	return done, err
}

// broken keeps a refusal and turns what a half-sent form causes into one.
func broken(err error) error {
	var no *refusal
	var big *http.MaxBytesError
	if errors.As(err, &no) || errors.As(err, &big) {
		return err
	}
	return refuse(http.StatusBadRequest, "not_multipart", "The upload broke off.")
}

// read takes one field of the form.
func (u *upload) read(part *multipart.Part) error {
	field := part.FormName()
	if field == "file" {
		return u.readFile(part)
	}
	b, err := io.ReadAll(io.LimitReader(part, MaxText+1))
	if err != nil {
		return err
	}
	if len(b) > MaxText {
		return tooBig
	}
	text := strings.ToValidUTF8(string(b), "\ufffd")
	switch field {
	case "room":
		u.Room = text
	case "from":
		u.From = text
	case "caption":
		u.Text = text
	case "reply":
		u.On = text
	case "id":
		u.ID = text
	case "seconds":
		u.seconds, err = strconv.ParseFloat(text, 64)
		if err != nil || !(u.seconds >= 0 && u.seconds <= 24*60*60) {
			return refuse(http.StatusBadRequest, "bad_seconds", "The length must be a number of seconds.")
		}
	default:
		return refuse(http.StatusBadRequest, "not_multipart", "The form has a field that is not known.")
	}
	return nil
}

func (u *upload) readFile(part *multipart.Part) error {
	b, err := io.ReadAll(io.LimitReader(part, MaxUpload+1))
	if err != nil {
		return err
	}
	if len(b) > MaxUpload {
		return tooBig
	}
	if len(u.Files) == MaxFiles {
		return refuse(http.StatusBadRequest, "too_many", fmt.Sprintf("At most %d files at once, please.", MaxFiles))
	}
	kind, claimed := describe(part.Header.Get("Content-Type"), b)
	u.bytes = append(u.bytes, b)
	u.Files = append(u.Files, chat.File{Kind: kind, Platform: Platform, Ref: newRef(),
		Name: cleanName(part.FileName()), Type: claimed, Size: int64(len(b))})
	return nil
}

func (w *Web) postBlock(r *http.Request) (answer, error) {
	var q struct {
		Room    string
		Blocked bool
		ID      string
	}
	if err := readJSON(r, &q); err != nil {
		return answer{}, err
	}
	what := record{Act: back, Room: q.Room, ID: q.ID}
	if q.Blocked {
		what.Act = block
	}
	return w.do(what, func(in *room, r *record) error {
		p := w.state.person(r.Room)
		if p == nil {
			return refuse(http.StatusForbidden, "not_you", "Only people on their phones can block the bot.")
		}
		if in.blocked == q.Blocked {
			return refuse(http.StatusConflict, "already", "It is so already.")
		}
		r.From, r.Name, r.Lang = p.ID, p.Name, p.Lang
		return nil
	})
}

func (w *Web) speaks(tag string) error {
	if !slices.ContainsFunc(w.opt.Languages, func(l Language) bool { return l.Tag == tag }) {
		return refuse(http.StatusBadRequest, "no_language", "This language is not offered.")
	}
	return nil
}

func (w *Web) postLang(r *http.Request) (answer, error) {
	var q struct{ Room, Lang string }
	if err := readJSON(r, &q); err != nil {
		return answer{}, err
	}
	return w.do(record{Act: speak, Room: q.Room, Lang: q.Lang}, func(_ *room, r *record) error {
		if w.state.person(r.Room) == nil {
			return refuse(http.StatusForbidden, "not_you", "Only phones have a language.")
		}
		return w.speaks(r.Lang)
	})
}

func (w *Web) postPeople(r *http.Request) (answer, error) {
	var q struct{ Name, Lang, ID string }
	if err := readJSON(r, &q); err != nil {
		return answer{}, err
	}
	q.Name = strings.TrimSpace(q.Name)
	if n := utf8.RuneCountInString(q.Name); n == 0 || n > 60 {
		return answer{}, refuse(http.StatusBadRequest, "bad_name", "A name has 1 to 60 characters.")
	}
	return w.do(record{Act: join, Name: q.Name, Lang: q.Lang, ID: q.ID}, func(_ *room, r *record) error {
		if len(w.state.people) >= MaxPeople {
			return refuse(http.StatusConflict, "too_many", fmt.Sprintf("There are %d people already.", MaxPeople))
		}
		r.Room = w.freeID()
		return w.speaks(r.Lang)
	})
}

// freeID names a new person's room. The caller holds w.mu.
func (w *Web) freeID() string {
	for n := len(w.state.people) + 1; ; n++ {
		id := "person-" + strconv.Itoa(n)
		taken := slices.ContainsFunc(w.opt.Staff, func(s Person) bool { return s.ID == id })
		if !taken && w.state.rooms[id] == nil {
			return id
		}
	}
}

func (w *Web) postClock(r *http.Request) (answer, error) {
	var q struct{ Advance string }
	if err := readJSON(r, &q); err != nil {
		return answer{}, err
	}
	if w.opt.Advance == nil {
		return answer{}, refuse(http.StatusConflict, "no_clock", "This clock cannot be moved.")
	}
	d, err := time.ParseDuration(q.Advance)
	if err != nil || d <= 0 || d > MaxStep {
		return answer{}, refuse(http.StatusBadRequest, "bad_step", "The clock moves forward only, by at most 366 days, like 1h30m.")
	}
	if err := w.opt.Advance(d); err != nil {
		return answer{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moved++
	w.announce()
	return answer{}, nil
}
