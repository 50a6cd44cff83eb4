package bot

import (
	"context"
	"fmt"

	"lotse/store"
)

// SetAside keeps something a platform told that could not be understood, for an
// hour at most and readable by this process only: whoever sent it may not have
// consented. It returns nil once that is durable; what is too large to keep is
// named and dropped.
func (b *Bot) SetAside(ctx context.Context, platform string, id int64, raw []byte) error {
	name := fmt.Sprintf("%s-%d", platform, id)
	b.cfg.Log.Error("an update could not be understood and is set aside", "platform", platform, "update", id, "bytes", len(raw))
	if len(raw) > store.MaxValue/2 {
		return nil
	}
	return b.transact(ctx, "aside/"+name, func(t *turn) error {
		t.tx.Put(keyOf("aside", name), raw)
		t.at(t.now.Add(heldFor), "aside", name)
		return nil
	})
}
