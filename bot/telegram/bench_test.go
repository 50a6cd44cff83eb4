package telegram

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"lotse/bot/chat"
)

// BenchmarkReceive is what an update costs until it is handed in, and BenchmarkSend
// what a message costs, with 64 at once; over real connections to a server that gives
// prepared answers, in the same process.
//
//	go test -tags goolm -run '^$' -bench . ./bot/telegram
func BenchmarkReceive(b *testing.B) {
	in := &sink{left: int64(b.N), done: make(chan struct{})}
	tg := fast(b, presses())
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	b.ResetTimer()
	ended := make(chan error, 1)
	go func() { ended <- tg.Run(ctx, in) }()
	<-in.done
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

func BenchmarkSend(b *testing.B) {
	tg := fast(b, "[]")
	m := chat.Message{Text: strings.Repeat("Wann ist die Kita offen? ", 8), Marks: []chat.Mark{{Style: chat.Bold, From: 0, To: 4}}, Buttons: [][]chat.Button{
		{{ID: "ask/preview/send", Label: "📤 Senden"}}, {{ID: "nav/back", Label: "↩️ Zurück"}, {ID: "nav/menu", Label: "🏠 Menü"}, {ID: "nav/sos", Label: "🆘 Hilfe"}},
	}}
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for range 64 {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := tg.Send(b.Context(), "", person(), m); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// A sink takes everything, until it is full.
type sink struct {
	left int64
	mu   sync.Mutex
	done chan struct{}
}

func (*sink) Resume(context.Context, string) (string, error) { return "", nil }
func (*sink) Advance(context.Context, string, string) error  { return nil }
func (s *sink) Receive(context.Context, chat.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left--; s.left == 0 {
		close(s.done)
	}
	return nil
}

// presses are a batch of updates as people send who walk through a flow: of two one is
// a press, each in a chat of its own.
func presses() string {
	var all []string
	for i := range pollLimit {
		from := fmt.Sprintf(`"from":{"id":%d,"is_bot":false,"first_name":"Rima","last_name":"Haddad","username":"rima","language_code":"ar"}`, 4711+i)
		place := fmt.Sprintf(`"chat":{"id":%d,"first_name":"Rima","last_name":"Haddad","username":"rima","type":"private"}`, 4711+i)
		if i%2 == 0 {
			all = append(all, fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,%s,%s,"date":1790000000,"text":"Darf ich mit meiner Duldung arbeiten? Mein Chef fragt danach."}}`, i+1, 100+i, from, place))
			continue
		}
		all = append(all, fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"%d","chat_instance":"-1","data":"ask/topic/housing",%s,"message":{"message_id":%d,"from":{"id":700000001,"is_bot":true,"first_name":"Lotse","username":"lotse_bot"},%s,"date":1790000000,"text":%q,"reply_markup":{"inline_keyboard":[[{"text":"Wohnen","callback_data":"ask/topic/housing"},{"text":"Arbeit","callback_data":"ask/topic/work"}],[{"text":"Kita","callback_data":"ask/topic/kita"}]]}}}}`,
			i+1, i, from, 100+i, place, strings.Repeat("Worum geht es? ", 10)))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// fast is an adapter with a server that always has updates.
func fast(b *testing.B, updates string) *Telegram {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(c, updates)
		}
	}()
	tg, err := New(Options{Token: testToken, API: "http://" + l.Addr().String()})
	if err != nil {
		b.Fatal(err)
	}
	return tg
}

// answerAll gives the same answers again and again.
func answerAll(c net.Conn, updates string) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		length, result := 0, `true`
		for first := true; ; first = false {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			line = bytes.TrimSpace(line)
			if first {
				if bytes.Contains(line, []byte("/getUpdates")) {
					result = updates
				} else if bytes.Contains(line, []byte("/sendMessage")) {
					result = `{"message_id":17,"from":{"id":700000001,"is_bot":true,"first_name":"Lotse","username":"lotse_bot"},"chat":{"id":4711,"type":"private"},"date":1790000000,"text":"x"}`
				}
			}
			if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				length, _ = strconv.Atoi(string(value))
			}
			if len(line) == 0 {
				break
			}
		}
		if _, err := io.CopyN(io.Discard, r, int64(length)); err != nil {
			return
		}
		if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{\"ok\":true,\"result\":%s}", len(result)+21, result); err != nil {
			return
		}
	}
}
