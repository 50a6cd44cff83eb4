package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"lotse/bot/chat"
)

// forum is a network whose rooms can have threads. Only the desk's does.
type forum struct {
	*network
	threads []string // name of each thread, "" when somebody deleted it
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
	room.Thread = strconv.Itoa(len(f.threads))
	f.said = append(f.said, fmt.Sprintf("\t%s opens thread %s\n\t\t%s", room.Room, room.Thread, name))
	return room, nil
}

func (f *forum) CloseThread(_ context.Context, at chat.Address) error { return f.turn(at, "closes") }

func (f *forum) ReopenThread(_ context.Context, at chat.Address) error { return f.turn(at, "reopens") }

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
	return f.network.Send(ctx, id, to, m)
}
