//go:build goolm

package cryptostore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// An olmSession is a ratchet with one other device.
type olmSession struct {
	Pickle    string        `json:"p"`
	Created   time.Time     `json:"c"`
	Encrypted time.Time     `json:"e"`
	Decrypted time.Time     `json:"d"`
	MaxAge    time.Duration `json:"age,omitempty"`
}

func (s *Store) olmRow(sender id.SenderKey, session id.SessionID) string {
	return s.olmRows(sender) + s.session(session)
}

func (s *Store) olmRows(sender id.SenderKey) string {
	return s.key("mxolm", s.cfg.Index("matrix device", string(sender)), "")
}

// AddSession implements crypto.Store.
func (s *Store) AddSession(ctx context.Context, sender id.SenderKey, session *crypto.OlmSession) error {
	row := s.olmRow(sender, session.ID())
	raw, err := encodeOlm(session)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.live[row] = session
	s.mu.Unlock()
	return s.write(ctx, func(tx store.Tx) error {
		tx.Put(row, raw)
		return nil
	})
}

// UpdateSession implements crypto.Store. A session that was deleted stays so.
func (s *Store) UpdateSession(ctx context.Context, sender id.SenderKey, session *crypto.OlmSession) error {
	row := s.olmRow(sender, session.ID())
	raw, err := encodeOlm(session)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		old, err := tx.Get(row)
		if err != nil || old == nil {
			return err
		}
		tx.Put(row, raw)
		return nil
	})
}

// DeleteSession implements crypto.Store.
func (s *Store) DeleteSession(ctx context.Context, sender id.SenderKey, session *crypto.OlmSession) error {
	row := s.olmRow(sender, session.ID())
	s.mu.Lock()
	delete(s.live, row)
	s.mu.Unlock()
	return s.remove(ctx, row)
}

// HasSession implements crypto.Store. When the rows cannot be read it says no, and
// the machine begins another session.
func (s *Store) HasSession(ctx context.Context, sender id.SenderKey) bool {
	found := false
	err := s.read(ctx, func(r store.Reader) error {
		rows, err := r.Scan(s.olmRows(sender), "", 1)
		found = len(rows) > 0
		return err
	})
	return err == nil && found
}

// A held is a session and what its row says of it: who has locked nothing may only
// look at the row, because the session is being used.
type held struct {
	row     store.Pair
	record  olmSession
	session *crypto.OlmSession
}

// holdAll are the sessions with a device: the one that decrypted last comes first.
func (s *Store) holdAll(ctx context.Context, sender id.SenderKey) (list []held, err error) {
	err = s.read(ctx, func(r store.Reader) error {
		list = nil
		return each(r, s.olmRows(sender), func(row store.Pair) error {
			record, err := decode[olmSession](row.Key, row.Value)
			if err != nil {
				return err
			}
			session, err := s.hold(row.Key, record)
			list = append(list, held{row, record, session})
			return err
		})
	})
	slices.SortFunc(list, func(a, b held) int {
		return cmp.Or(b.record.Decrypted.Compare(a.record.Decrypted), cmp.Compare(b.row.Key, a.row.Key))
	})
	return list, err
}

// hold is the session of a row: the one pointer there is, or else what the row says.
func (s *Store) hold(row string, record olmSession) (*crypto.OlmSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session := s.live[row]; session != nil {
		return session, nil
	}
	session, err := record.open(row)
	if err == nil {
		s.live[row] = session
	}
	return session, err
}

// GetSessions implements crypto.Store: the one that decrypted last comes first.
// Everybody gets the same pointer to a session.
func (s *Store) GetSessions(ctx context.Context, sender id.SenderKey) (crypto.OlmSessionList, error) {
	all, err := s.holdAll(ctx, sender)
	if err != nil {
		return nil, err
	}
	list := crypto.OlmSessionList{}
	for _, h := range all {
		list = append(list, h.session)
	}
	return list, nil
}

// GetLatestSession implements crypto.Store.
func (s *Store) GetLatestSession(ctx context.Context, sender id.SenderKey) (*crypto.OlmSession, error) {
	all, err := s.holdAll(ctx, sender)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0].session, nil
}

// GetNewestSessionCreationTS implements crypto.Store; zero when there is none.
func (s *Store) GetNewestSessionCreationTS(ctx context.Context, sender id.SenderKey) (time.Time, error) {
	all, err := s.holdAll(ctx, sender)
	newest := time.Time{}
	for _, h := range all {
		if h.record.Created.After(newest) {
			newest = h.record.Created
		}
	}
	return newest, err
}

func encodeOlm(session *crypto.OlmSession) ([]byte, error) {
	pickle, err := session.Internal.Pickle([]byte(olmKey))
	if err != nil {
		return nil, fmt.Errorf("cryptostore: session: %w", err)
	}
	return encode(olmSession{string(pickle), session.CreationTime, session.LastEncryptedTime, session.LastDecryptedTime, session.MaxAge})
}

func (v olmSession) open(row string) (*crypto.OlmSession, error) {
	internal := olm.NewBlankSession()
	if internal.Unpickle([]byte(v.Pickle), []byte(olmKey)) != nil {
		return nil, badRecord(row)
	}
	session := &crypto.OlmSession{Internal: internal}
	session.CreationTime, session.LastEncryptedTime, session.LastDecryptedTime = v.Created, v.Encrypted, v.Decrypted
	session.MaxAge = v.MaxAge
	session.ID() // it remembers, which would be a race later
	return session, nil
}

func (s *Store) hashRow(hash [32]byte) string {
	return s.key("mxhash", s.cfg.Index("matrix hash", string(hash[:])))
}

// PutOlmHash implements crypto.Store. Times are kept in milliseconds.
func (s *Store) PutOlmHash(ctx context.Context, hash [32]byte, at time.Time) error {
	return s.put(ctx, s.hashRow(hash), at.UnixMilli())
}

// GetOlmHash implements crypto.Store; zero when the message was not handled.
func (s *Store) GetOlmHash(ctx context.Context, hash [32]byte) (time.Time, error) {
	at, found, err := get[int64](ctx, s, s.hashRow(hash))
	if err != nil || !found {
		return time.Time{}, err
	}
	return time.UnixMilli(at), nil
}

// DeleteOldOlmHashes implements crypto.Store.
func (s *Store) DeleteOldOlmHashes(ctx context.Context, before time.Time) error {
	_, err := s.sweep(ctx, s.key("mxhash", ""), func(_ store.Tx, row store.Pair) (bool, error) {
		at, err := strconv.ParseInt(string(row.Value), 10, 64)
		if err != nil {
			return false, badRecord(row.Key)
		}
		return at < before.UnixMilli(), nil
	})
	return err
}
