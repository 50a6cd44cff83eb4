package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"github.com/tidwall/gjson"
)

const (
	callTimeout = 30 * time.Second
	maxAnswer   = 64 << 20 // bytes; a hundred long messages with their replies are far below
	maxReason   = 200      // bytes of Telegram's own words kept in an error
)

// A client makes requests. The token stands in every URL, so nothing that knows
// one leaves it.
type client struct {
	api     tgbotapi.BotAPI // only ever copied
	base    string
	token   string
	http    *http.Client
	wire    *wire // for small requests; nil where http makes them all
	secrets []string
}

// newClient makes requests over h; without it, in the best way there is.
func newClient(token, base string, h *http.Client) *client {
	base = strings.TrimRight(base, "/")
	_, secret, _ := strings.Cut(token, ":")
	c := &client{api: tgbotapi.BotAPI{Token: token}, base: base, token: token, http: h, secrets: []string{secret}}
	if h == nil {
		c.http, c.wire = newHTTP(), newWire(base)
	}
	c.api.SetAPIEndpoint(strings.ReplaceAll(base, "%", "%%") + "/bot%s/%s")
	return c
}

// newHTTP is a client that stays with the server it was told, asks on behalf of
// nobody else, and notices a connection that died.
func newHTTP() *http.Client {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second}
	if d, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = d.Clone()
	}
	// Senders and answers to presses at once: no connection is closed that is needed again.
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, 2*atOnce
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// An apiError is a request that did not succeed.
type apiError struct {
	method  string
	said    bool // by the Bot API itself; else status is that of whoever answered, 0 without an answer
	status  int
	reason  string // safe to log
	after   time.Duration
	movedTo int64
	unsure  bool // the server may have done it all the same
	cause   error
}

func (e *apiError) Error() string {
	return fmt.Sprintf("telegram: %s: %s", e.method, e.reason)
}

// Unwrap gives what happened to the connection.
func (e *apiError) Unwrap() error { return e.cause }

// call makes one request within callTimeout and decodes its result, unless that
// is nil. Its error is an *apiError.
func (c *client) call(ctx context.Context, method string, params tgbotapi.Params, result any) error {
	return c.callFor(ctx, callTimeout, method, params, result)
}

func (c *client) callFor(ctx context.Context, patience time.Duration, method string, params tgbotapi.Params, result any) error {
	return c.exchange(ctx, patience, method, result, func(api *tgbotapi.BotAPI) (*tgbotapi.APIResponse, error) {
		return api.MakeRequest(method, params)
	})
}

// exchange makes one request with the library.
func (c *client) exchange(ctx context.Context, patience time.Duration, method string, result any, request func(*tgbotapi.BotAPI) (*tgbotapi.APIResponse, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	x := &exchange{ctx: ctx, http: c.http, wire: c.wire, result: result}
	api := c.api // the library knows no contexts: a copy for each call carries its own
	api.Client = x
	answer, err := request(&api)
	if x.decoded {
		return nil
	}
	var said *tgbotapi.Error
	switch {
	case errors.As(err, &said):
		code := answer.ErrorCode
		return &apiError{
			method: method, said: code != 0, status: max(code, int(x.status.Load())), reason: c.clean(fmt.Sprintf("%d %s", code, said.Message)),
			after: time.Duration(said.RetryAfter) * time.Second, movedTo: said.MigrateToChatID, unsure: code == 0 || code >= 500,
		}
	case err == nil && result != nil:
		err = json.Unmarshal(answer.Result, result)
	}
	if err == nil {
		return nil
	}
	return c.broken(method, x, err)
}

// broken is a request without an answer that can be understood.
func (c *client) broken(method string, x *exchange, err error) *apiError {
	status := int(x.status.Load())
	e := &apiError{method: method, status: status, cause: c.safe(err), unsure: x.written.Load() || status != 0, after: time.Duration(x.after.Load())}
	if status >= 300 && status < 500 { // somebody on the way refused it
		e.unsure = false
	}
	e.reason = c.clean(err.Error())
	if status != 0 {
		e.reason = c.clean(fmt.Sprintf("HTTP status %d: %v", status, err))
	}
	return e
}

// safe is err if it holds no secret, else only its words without them.
func (c *client) safe(err error) error {
	if words := err.Error(); c.clean(words) != words {
		return errors.New(c.clean(words))
	}
	return err
}

// clean takes secrets out of words, and shortens them.
func (c *client) clean(words string) string {
	for _, s := range c.secrets {
		words = strings.ReplaceAll(words, s, "[secret]")
	}
	if len(words) > maxReason {
		words = strings.ToValidUTF8(words[:maxReason], "") + "…"
	}
	return words
}

// An exchange is the HTTP side of one request.
type exchange struct {
	ctx     context.Context
	http    *http.Client
	wire    *wire
	result  any // nil when nobody wants it
	decoded bool
	written atomic.Bool
	status  atomic.Int64
	after   atomic.Int64 // the time.Duration of Retry-After, which whoever stands before the server may say
}

// errDecoded tells the library that there is nothing left for it to read.
var errDecoded = errors.New("decoded")

// Do gives the library's request a context, and takes the URL out of its error. The
// result it decodes itself: the library would look through it twice, and then we again.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	head, said, err := x.do(req)
	if head != nil {
		x.status.Store(int64(head.StatusCode))
		x.after.Store(int64(retryAfter(head)))
	}
	if err != nil {
		return nil, bare(err)
	}
	if x.decoded = decode(said, x.result); x.decoded {
		return nil, errDecoded
	}
	head.Body = io.NopCloser(bytes.NewReader(said))
	return head, nil
}

// retryAfter is how long to wait, 0 when that is not said in seconds (RFC 9110 §10.2.3).
func retryAfter(head *http.Response) time.Duration {
	said := head.Header.Get("Retry-After")
	if said == "" {
		return 0
	}
	seconds, err := strconv.ParseUint(said, 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// do makes the request, by wire where that can be. It gives the head of an answer
// even if the body breaks off.
func (x *exchange) do(req *http.Request) (head *http.Response, said []byte, err error) {
	if x.wire != nil && req.ContentLength > 0 { // an upload knows no length, and goes by http
		return x.wire.do(x.ctx, req, &x.written)
	}
	head, err = x.http.Do(req.WithContext(httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				x.written.Store(true)
			}
		},
	})))
	if err != nil {
		return nil, nil, err
	}
	defer head.Body.Close()
	said, err = readAll(head)
	return head, said, err
}

// readAll reads the body of an answer, at most maxAnswer bytes of it.
func readAll(head *http.Response) ([]byte, error) {
	const most = 1 << 20 // bytes; who promises more has to send them first
	said := bytes.NewBuffer(make([]byte, 0, min(max(head.ContentLength, 0), most)+bytes.MinRead))
	_, err := said.ReadFrom(io.LimitReader(head.Body, maxAnswer))
	return said.Bytes(), err
}

// decode reads the result of a request that succeeded; false when it did not, or
// the result is not what was expected.
func decode(said []byte, result any) bool {
	switch result := result.(type) {
	case nil:
		return succeeded(said)
	case *sent:
		return succeeded(said) && result.decode(said)
	}
	var a struct {
		OK     bool `json:"ok"`
		Result any  `json:"result"`
	}
	a.Result = result
	return json.Unmarshal(said, &a) == nil && a.OK
}

// maxLook is the longest answer that is only looked at, in bytes: one about a message
// is far shorter, and gjson goes as deep as an answer is nested.
const maxLook = 64 << 10

// succeeded looks at no more than it must: most of an answer is what was sent.
func succeeded(said []byte) bool {
	return len(said) <= maxLook && gjson.ValidBytes(said) && gjson.GetBytes(said, "ok").Bool()
}

// bare is an error of net/http without the URL it was about.
func bare(err error) error {
	var about *url.Error
	if errors.As(err, &about) {
		return about.Err
	}
	return err
}
