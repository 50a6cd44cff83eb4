//go:build goolm

package cryptostore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"lotse/store"
)

// A device is one of a user's, with its public keys. Its name is not kept: people
// call their devices after themselves.
type device struct {
	ID       id.DeviceID   `json:"id"`
	Identity id.Curve25519 `json:"k"`
	Signing  id.Ed25519    `json:"s"`
	Trust    int           `json:"t,omitempty"`
	Deleted  bool          `json:"gone,omitempty"`
}

// A tracked user is one whose devices have been asked for.
type tracked struct {
	User     id.UserID `json:"u"`
	Outdated bool      `json:"outdated,omitempty"`
}

const (
	partSize  = maxRecord / 2      // bytes of devices in one row, more or less
	listSize  = maxRecord * 6      // bytes of one user's devices: thousands of them
	perUpdate = store.MaxReads / 2 // users of which one Update changes a row each
)

func (s *Store) trackedRow(user id.UserID) string { return s.key("mxuser", s.user(user)) }
func (s *Store) deviceRows(user id.UserID) string { return s.key("mxdevice", s.user(user), "") }

// PutDevices implements crypto.Store. A list that is too long even for all rows
// of one Update is ErrTooLarge, and the old one stays.
func (s *Store) PutDevices(ctx context.Context, user id.UserID, devices map[id.DeviceID]*id.Device) error {
	list := make([]device, 0, len(devices))
	for _, d := range devices {
		list = append(list, recordOf(d))
	}
	parts, err := partsOf(list)
	if err != nil {
		return err
	}
	known, err := encode(tracked{User: user})
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx store.Tx) error {
		tx.Put(s.trackedRow(user), known)
		return s.putParts(tx, user, parts)
	})
}

// PutDevice implements crypto.Store. It does not make the user a tracked one.
func (s *Store) PutDevice(ctx context.Context, user id.UserID, d *id.Device) error {
	return s.write(ctx, func(tx store.Tx) error {
		list, err := s.devices(tx, user)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(old device) bool { return old.ID == d.DeviceID })
		parts, err := partsOf(append(list, recordOf(d)))
		if err != nil {
			return err
		}
		return s.putParts(tx, user, parts)
	})
}

// partsOf makes the rows of a list.
func partsOf(list []device) (parts [][]byte, err error) {
	slices.SortFunc(list, func(a, b device) int { return cmp.Compare(a.ID, b.ID) })
	total, size := 0, 0 // bytes of all, and of the part that grows
	for _, d := range list {
		raw, err := encode(d)
		if err != nil {
			return nil, err
		}
		if total += len(raw); total > listSize || len(raw) > partSize {
			return nil, fmt.Errorf("%w: list of %d devices", ErrTooLarge, len(list))
		}
		if size += len(raw); size > partSize || len(parts) == 0 {
			parts, size = append(parts, nil), len(raw)
		}
		last := &parts[len(parts)-1]
		*last = append(append(*last, ','), raw...)
	}
	for i, part := range parts {
		part[0] = '[' // where the first comma is
		parts[i] = append(part, ']')
	}
	return parts, nil
}

// putParts writes the rows of a list, and removes those a longer one had.
func (s *Store) putParts(tx store.Tx, user id.UserID, parts [][]byte) error {
	old, err := tx.Scan(s.deviceRows(user), "", store.MaxScan/2)
	if err != nil {
		return err
	}
	for i, part := range parts {
		tx.Put(s.partRow(user, i), part)
	}
	for _, row := range old {
		if len(parts) == 0 || row.Key > s.partRow(user, len(parts)-1) {
			tx.Delete(row.Key)
		}
	}
	return nil
}

func (s *Store) partRow(user id.UserID, part int) string {
	return fmt.Sprintf("%s%03d", s.deviceRows(user), part)
}

// devices are all of a user, tracked or not.
func (s *Store) devices(r store.Reader, user id.UserID) (list []device, err error) {
	err = each(r, s.deviceRows(user), func(row store.Pair) error {
		part, err := decode[[]device](row.Key, row.Value)
		list = append(list, part...)
		return err
	})
	return list, err
}

func recordOf(d *id.Device) device {
	return device{d.DeviceID, d.IdentityKey, d.SigningKey, int(d.Trust), d.Deleted}
}

func (d device) open(user id.UserID) *id.Device {
	return &id.Device{UserID: user, DeviceID: d.ID, IdentityKey: d.Identity, SigningKey: d.Signing, Trust: id.TrustState(d.Trust), Deleted: d.Deleted}
}

// GetDevices implements crypto.Store: nil when the user is not tracked. Devices
// have no names.
func (s *Store) GetDevices(ctx context.Context, user id.UserID) (map[id.DeviceID]*id.Device, error) {
	var all map[id.DeviceID]*id.Device
	err := s.read(ctx, func(r store.Reader) error {
		known, err := r.Get(s.trackedRow(user))
		if err != nil || known == nil {
			return err
		}
		list, err := s.devices(r, user)
		all = make(map[id.DeviceID]*id.Device, len(list))
		for _, d := range list {
			all[d.ID] = d.open(user)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// GetDevice implements crypto.Store.
func (s *Store) GetDevice(ctx context.Context, user id.UserID, name id.DeviceID) (*id.Device, error) {
	return s.findDevice(ctx, user, func(d device) bool { return d.ID == name })
}

// FindDeviceByKey implements crypto.Store.
func (s *Store) FindDeviceByKey(ctx context.Context, user id.UserID, key id.IdentityKey) (*id.Device, error) {
	return s.findDevice(ctx, user, func(d device) bool { return d.Identity == key })
}

func (s *Store) findDevice(ctx context.Context, user id.UserID, is func(device) bool) (found *id.Device, err error) {
	err = s.read(ctx, func(r store.Reader) error {
		list, err := s.devices(r, user)
		if i := slices.IndexFunc(list, is); i >= 0 {
			found = list[i].open(user)
		}
		return err
	})
	return found, err
}

// FilterTrackedUsers implements crypto.Store.
func (s *Store) FilterTrackedUsers(ctx context.Context, users []id.UserID) (known []id.UserID, err error) {
	for some := range slices.Chunk(users, perUpdate) {
		err := s.read(ctx, func(r store.Reader) error {
			for _, user := range some {
				row, err := r.Get(s.trackedRow(user))
				if err != nil {
					return err
				}
				if row != nil {
					known = append(known, user)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

// MarkTrackedUsersOutdated implements crypto.Store.
func (s *Store) MarkTrackedUsersOutdated(ctx context.Context, users []id.UserID) error {
	for some := range slices.Chunk(users, perUpdate) {
		err := s.write(ctx, func(tx store.Tx) error {
			for _, user := range some {
				row := s.trackedRow(user)
				old, err := tx.Get(row)
				if err != nil {
					return err
				}
				if old == nil {
					continue
				}
				raw, err := encode(tracked{user, true})
				if err != nil {
					return err
				}
				tx.Put(row, raw)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// GetOutdatedTrackedUsers implements crypto.Store.
func (s *Store) GetOutdatedTrackedUsers(ctx context.Context) (users []id.UserID, err error) {
	err = s.read(ctx, func(r store.Reader) error {
		return each(r, s.key("mxuser", ""), func(row store.Pair) error {
			v, err := decode[tracked](row.Key, row.Value)
			if err == nil && v.Outdated {
				users = append(users, v.User)
			}
			return err
		})
	})
	return users, err
}
