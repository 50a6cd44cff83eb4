package bot

// announce publishes a meeting. Nobody is told of it yet.
func (t *turn) announce(mid string) error { return t.publish(mid, t.ev.Name) }
