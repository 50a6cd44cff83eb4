package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"
)

// together runs all parts until ctx ends or one of them does.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	var errs []error
	for range parts {
		errs = append(errs, <-ended)
		stop()
	}
	return errors.Join(errs...)
}

// How long a client may take. A stream of events may take for ever; its handler
// hears when the program stops.
const (
	headTimeout  = 5 * time.Second
	readTimeout  = time.Minute // an upload over a slow line
	writeTimeout = time.Minute
	idleTimeout  = 2 * time.Minute
	stopTimeout  = 2 * time.Second // for answers that have begun
)

// serve answers on a listener until ctx ends, and lets answers finish that have
// begun.
func serve(l net.Listener, h http.Handler, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		s := &http.Server{
			Handler: guard(h, log), ReadHeaderTimeout: headTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		}
		stopped := make(chan error, 1)
		go func() { stopped <- s.Serve(l) }()
		select {
		case err := <-stopped:
			return fmt.Errorf("serving %s: %w", l.Addr(), err)
		case <-ctx.Done():
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if s.Shutdown(ctx) != nil {
			return s.Close()
		}
		return nil
	}
}

// guard bounds how long an answer takes to write, except for the stream, and logs a
// panic without the address of the client, which the server would add.
func guard(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				if p != http.ErrAbortHandler {
					log.Error("panic in a request", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				}
				panic(http.ErrAbortHandler)
			}
		}()
		// A connection that cannot have deadlines is not one of the network.
		limits := http.NewResponseController(w)
		if r.URL.Path == "/api/events" {
			_ = limits.SetReadDeadline(time.Time{})
		} else {
			_ = limits.SetWriteDeadline(time.Now().Add(writeTimeout))
		}
		next.ServeHTTP(w, r)
	})
}
