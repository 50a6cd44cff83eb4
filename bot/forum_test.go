package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"lotse/bot/chat"
	"lotse/locales"
)

// A thread that is deleted before its card is shown is opened anew, and shows one
// card.
func TestThreadGoneBeforeItsCard(t *testing.T) {
	w := newWorld(t, locales.Pseudo)
	w.forum = &forum{network: w.net, loses: 1}
	w.start()
	w.ask("ann", "My question.")
	cards := 0
	for _, m := range w.net.room("desk").messages {
		cards += strings.Count(m.Text, "(desk.card ")
	}
	if cards != 1 || len(w.forum.threads) != 2 {
		t.Errorf("%d cards, %d threads", cards, len(w.forum.threads))
	}
}

// forum is a network whose rooms can have threads. Only the desk's does.
type forum struct {
	*network
	threads []string          // name of each thread, "" when somebody deleted it
	loses   int               // that many threads are deleted as soon as they are open
	keeps   bool              // the bot may not delete threads
	in      map[string]string // message → thread
}

func (f *forum) where(a chat.Address) (int, error) {
	n, err := strconv.Atoi(a.Thread)
	if err != nil || n < 1 || n > len(f.threads) || f.threads[n-1] == "" {
		return 0, &chat.SendError{NoThread: true, Err: errors.New("no such thread")}
	}
	return n - 1, nil
}

func (f *forum) OpenThread(_ context.Context, room chat.Address, name string) (chat.Address, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.trouble(room.Room); err != nil {
		return chat.Address{}, err
	}
	f.threads = append(f.threads, name)
	if f.loses > 0 {
		f.loses--
		f.threads[len(f.threads)-1] = ""
	}
	room.Thread = strconv.Itoa(len(f.threads))
	f.said = append(f.said, fmt.Sprintf("\t%s opens thread %s\n\t\t%s", room.Room, room.Thread, name))
	return room, nil
}

func (f *forum) CloseThread(_ context.Context, at chat.Address) error { return f.turn(at, "closes") }

func (f *forum) ReopenThread(_ context.Context, at chat.Address) error { return f.turn(at, "reopens") }

func (f *forum) DeleteThread(_ context.Context, at chat.Address) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.trouble(at.Room); err != nil {
		return err
	}
	i, err := f.where(at)
	if err != nil {
		return nil // it is gone already
	}
	if f.keeps {
		return &chat.SendError{Bad: true, Err: errors.New("no right")}
	}
	f.threads[i] = ""
	for msg, thread := range f.in {
		if n, _ := strconv.Atoi(msg); thread == at.Thread {
			f.room(at.Room).gone[n-1] = true
		}
	}
	f.said = append(f.said, fmt.Sprintf("\t%s deletes thread %s", at.Room, at.Thread))
	return nil
}

// note notes in which thread a message stands.
func (f *forum) note(msg, thread string) {
	if f.in == nil {
		f.in = map[string]string{}
	}
	f.in[msg] = thread
}

func (f *forum) turn(at chat.Address, how string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.where(at); err != nil {
		return err
	}
	f.said = append(f.said, fmt.Sprintf("\t%s %s thread %s", at.Room, how, at.Thread))
	return nil
}

func (f *forum) Send(ctx context.Context, id string, to chat.Address, m chat.Message) (chat.Receipt, error) {
	if to.Thread != "" {
		if _, err := f.where(to); err != nil {
			return chat.Receipt{}, err
		}
	}
	receipt, err := f.network.Send(ctx, id, to, m)
	if to.Thread != "" {
		f.note(receipt.Message, to.Thread)
	}
	return receipt, err
}
