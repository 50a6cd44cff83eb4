package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	token     = "700000001:AAFastFakeForMeasurements_-00000001"
	longPoll  = 50 * time.Second
	batchSize = 100
)

// A server is a Bot API server that knows people and no rules. It speaks just enough
// HTTP: what it costs is taken from the program that it measures, on the same machine.
type server struct {
	*people
	latency time.Duration
	l       net.Listener

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func serve(latency time.Duration, chats int) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{people: newPeople(chats), latency: latency, l: l, conns: map[net.Conn]bool{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			go s.talk(c)
		}
	}()
	return s, nil
}

func (s *server) url() string { return "http://" + s.l.Addr().String() }

func (s *server) close() {
	s.l.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// talk answers the requests of one connection until it ends.
func (s *server) talk(c net.Conn) {
	defer func() {
		c.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, c)
	}()
	r := bufio.NewReaderSize(c, 16<<10)
	var body, answer, out []byte
	for {
		method, length, err := head(r)
		if err != nil {
			return
		}
		if cap(body) < length {
			body = make([]byte, 2*length)
		}
		body = body[:length]
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		// Half of the latency is on the way in, half on the way back.
		time.Sleep(s.latency / 2)
		answer = append(answer[:0], `{"ok":true,"result":`...)
		if answer, err = s.do(answer, method, body); err != nil {
			s.fail(err)
			return
		}
		answer = append(answer, '}')
		time.Sleep(s.latency / 2)
		out = append(out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
		out = append(strconv.AppendInt(out, int64(len(answer)), 10), "\r\n\r\n"...)
		if _, err := c.Write(append(out, answer...)); err != nil {
			return
		}
	}
}

// head reads the head of a request: the Bot API's method, and the length of the body.
func head(r *bufio.Reader) (method string, length int, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return "", 0, err
	}
	path, _, ok := bytes.Cut(line[bytes.IndexByte(line, ' ')+1:], []byte(" HTTP/1.1"))
	if !ok {
		return "", 0, errors.New("not HTTP/1.1")
	}
	method = string(path[bytes.LastIndexByte(path, '/')+1:])
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return "", 0, err
		}
		name, value, ok := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(": "))
		switch {
		case !ok:
			return method, length, nil
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return "", 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return "", 0, errors.New("a body of unknown length")
		}
	}
}

// do appends the result of a method.
func (s *server) do(out []byte, method string, body []byte) ([]byte, error) {
	switch method {
	case "getUpdates":
		return s.updates.next(out, number(body, "offset"), time.Duration(number(body, "timeout"))*time.Second), nil
	case "sendMessage", "editMessageText":
		return s.said(out, number(body, "chat_id"), number(body, "message_id"), body)
	case "answerCallbackQuery":
		s.acknowledged.Add(1)
	case "getMe":
		return append(out, `{"id":700000001,"is_bot":true,"first_name":"Lotse","username":"lotse_bot"}`...), nil
	case "getChat":
		return append(out, `{"id":-1001,"type":"supergroup","title":"Lotse"}`...), nil
	case "getChatMember":
		return append(out, `{"status":"administrator","can_manage_topics":true,"can_delete_messages":true}`...), nil
	case "getChatMemberCount":
		return append(out, '3'), nil
	case "getMyCommands":
		return append(out, "[]"...), nil
	case "getMyName", "getMyDescription", "getMyShortDescription", "getWebhookInfo":
		return append(out, "{}"...), nil
	case "setMyCommands", "setMyName", "setMyDescription", "setMyShortDescription", "sendChatAction", "deleteWebhook":
	default:
		return nil, fmt.Errorf("the server does not know %s", method)
	}
	return append(out, "true"...), nil
}

// number is a parameter of a form that is a number, 0 without it.
func number(form []byte, name string) int64 {
	for at := 0; ; {
		i := bytes.Index(form[at:], []byte(name))
		if i < 0 {
			return 0
		}
		at += i + len(name)
		if at >= len(form) || form[at] != '=' || at > len(name) && form[at-len(name)-1] != '&' {
			continue
		}
		value, _, _ := bytes.Cut(form[at+1:], []byte("&"))
		n, _ := strconv.ParseInt(string(value), 10, 64)
		return n
	}
}

// updates are those that wait, in order.
type updates struct {
	mu      sync.Mutex
	first   int64 // the number of the first that waits
	waiting [][]byte
	came    chan struct{}
}

// add queues an update; write appends it, given its number.
func (u *updates) add(write func(out []byte, id int64) []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.waiting = append(u.waiting, write(make([]byte, 0, 1<<10), u.first+int64(len(u.waiting))))
	select {
	case u.came <- struct{}{}:
	default:
	}
}

// next confirms what is before offset, and appends what waits, when there is any.
func (u *updates) next(out []byte, offset int64, patience time.Duration) []byte {
	ended := time.NewTimer(min(patience, longPoll))
	defer ended.Stop()
	for {
		u.mu.Lock()
		if done := offset - u.first; done > 0 && done <= int64(len(u.waiting)) {
			u.waiting, u.first = u.waiting[done:], offset
		}
		batch := u.waiting[:min(len(u.waiting), batchSize)]
		u.mu.Unlock()
		if len(batch) > 0 {
			return append(append(append(out, '['), bytes.Join(batch, []byte(","))...), ']')
		}
		select {
		case <-u.came:
		case <-ended.C:
			return append(out, "[]"...)
		}
	}
}
