// Package links looks whether addresses on the web can still be reached.
package links

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// A Why says why an address cannot be reached, "" when it can.
type Why string

// The reasons. A server that is there and refuses programs (401, 403, 405, 406, 429, 451)
// is no reason: to people it may answer.
const (
	Gone    Why = "gone"    // there is no such page (404, 410, any other 4xx)
	Failing Why = "failing" // the server has an error (5xx), or answers what is no HTTP
	Unknown Why = "unknown" // there is no such server
	Silent  Why = "silent"  // nothing answers
	Unsafe  Why = "unsafe"  // the certificate is not valid
	Circle  Why = "circle"  // it leads on and on
	Private Why = "private" // it leads to an address that is not of the public web
)

// A Result is what became of a look at an address.
type Result struct {
	Why Why `json:"w,omitempty"`
	// Moved is where it leads for good (301, 308), "" when it does not.
	Moved string `json:"m,omitempty"`
}

const (
	patience  = 12 * time.Second // for a whole request, with all it leads to
	mostHops  = 5
	mostHead  = 64 << 10 // bytes of an answer's head; of its body nothing is read
	userAgent = "Mozilla/5.0 (compatible; Lotse link check)"
)

// A Checker looks at addresses, one at a time if it is asked so. It keeps no cookies and no
// connections, and uses no proxy: only so it knows whom it talks to.
type Checker struct{ transport *http.Transport }

// New is a Checker that connects to what allowed allows only: Public. It is asked with the
// address that the name was found to have, so that no name leads elsewhere.
func New(allowed func(netip.AddrPort) bool) *Checker {
	dialer := &net.Dialer{Timeout: patience, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(netip.AddrPortFrom(at.Addr().Unmap(), at.Port())) {
			return errPrivate
		}
		return nil
	}}
	return &Checker{&http.Transport{
		DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: mostHead, TLSHandshakeTimeout: patience,
		ForceAttemptHTTP2: true,
	}}
}

var (
	errPrivate = errors.New("not an address of the public web")
	errCircle  = errors.New("it leads on and on")
)

// notPublic are ranges that net/netip does not call private and that lead to no public
// server (IANA special-purpose registries).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

// Public allows the ports of the web on addresses that anybody can reach. Whoever writes a
// page must not make the server knock at doors inside its own network.
func Public(at netip.AddrPort) bool {
	ip := at.Addr().Unmap()
	if at.Port() != 80 && at.Port() != 443 || ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// Check looks at an address: only at its head, and when that is refused, as some servers
// do, it asks for the whole. An error of ctx is no result: the caller looks at ctx.
func (c *Checker) Check(ctx context.Context, address string) Result {
	r := c.ask(ctx, http.MethodHead, address)
	if r.Why != "" && r.Why != Private && r.Why != Unknown && ctx.Err() == nil {
		r = c.ask(ctx, http.MethodGet, address)
	}
	return r
}

func (c *Checker) ask(ctx context.Context, method, address string) Result {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return Result{Why: Gone}
	}
	req.Header.Set("User-Agent", userAgent)
	moved, forGood := "", true
	client := http.Client{Transport: c.transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > mostHops {
			return errCircle
		}
		if next.URL.Scheme != "https" && next.URL.Scheme != "http" {
			return errPrivate
		}
		code := next.Response.StatusCode
		if forGood = forGood && (code == http.StatusMovedPermanently || code == http.StatusPermanentRedirect); forGood {
			moved = next.URL.String()
		}
		next.Header.Del("Referer")
		return nil
	}}
	answer, err := client.Do(req)
	if err != nil {
		return Result{Why: reason(err)}
	}
	_ = answer.Body.Close() // nothing of it was read
	return Result{Why: meaning(answer.StatusCode), Moved: moved}
}

// meaning is what a status says of a page.
func meaning(status int) Why {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusTooManyRequests, http.StatusUnavailableForLegalReasons:
		return ""
	}
	switch {
	case status >= 500:
		return Failing
	case status >= 400:
		return Gone
	}
	return ""
}

// reason is what an error says of an address.
func reason(err error) Why {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(err, errPrivate):
		return Private
	case errors.Is(err, errCircle):
		return Circle
	case errors.As(err, &dns) && dns.IsNotFound:
		return Unknown
	case errors.As(err, &certificate):
		return Unsafe
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, syscall.ECONNREFUSED), errors.As(err, &dns):
		return Silent
	}
	return Failing // what answers speaks no HTTP, or hangs up
}
