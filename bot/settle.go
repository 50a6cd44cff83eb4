package bot

import "context"

// Settle does everything that can be done now, in the caller's goroutine and in
// a fixed order: what is due, then jobs, then the lanes in the order they rang,
// until nothing is left. It is for programs that do not Run: the terminal and
// the transcripts, which must come to the same conversation every time.
func (b *Bot) Settle(ctx context.Context) error {
	for {
		if _, err := b.Tick(ctx); err != nil {
			return err
		}
		job, err := b.workOnce(ctx, "")
		if err != nil {
			return err
		}
		served, err := b.serveWaiting(ctx)
		if err != nil {
			return err
		}
		if job == "" && !served {
			return nil
		}
	}
}

// serveWaiting empties every lane that rang, and reports whether any did.
func (b *Bot) serveWaiting(ctx context.Context) (any bool, err error) {
	for b.lanes.waiting() {
		lane, ok := b.lanes.next(ctx)
		if !ok {
			return any, ctx.Err()
		}
		any = true
		for b.lanes.serve(lane) {
			if err := b.empty(ctx, ctx, lane); err != nil {
				return any, err
			}
		}
	}
	return any, nil
}
