package bot

import (
	"slices"

	"lotse/flows"
	"lotse/store"
)

// plannings are all meetings that are kept, in the order in which they were made.
func plannings(r store.Reader) ([]flows.Planning, error) {
	rows, err := r.Scan("meeting/", "", flows.MaxMeetings)
	if err != nil {
		return nil, err
	}
	out := make([]flows.Planning, len(rows))
	for i, row := range rows {
		if err := unpack(row.Key, row.Value, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// published are the meetings that people may see, in the order of their start.
func published(all []flows.Planning) []flows.Meeting {
	var out []flows.Meeting
	for _, p := range all {
		if p.Live != nil {
			out = append(out, *p.Live)
		}
	}
	slices.SortStableFunc(out, func(a, b flows.Meeting) int { return a.Start.Compare(b.Start) })
	return out
}

func planning(r store.Reader, mid string) (flows.Planning, bool, error) {
	return load[flows.Planning](r, keyOf("meeting", mid))
}

func guestOf(r store.Reader, pid string) (flows.Guest, error) {
	g, _, err := load[flows.Guest](r, keyOf("guest", pid))
	return g, err
}

func seatsOf(r store.Reader, mid string) (flows.Seats, error) {
	s, _, err := load[flows.Seats](r, keyOf("seats", mid))
	return s, err
}

// dates is what flows may know about the meetings. It reads when it is first asked; what
// went wrong then, failed says.
func (t *turn) dates(pid string) (get func() flows.Dates, failed func() error) {
	var d flows.Dates
	var err error
	read := false
	get = func() flows.Dates {
		if !read {
			read = true
			d, err = t.readDates(pid)
		}
		return d
	}
	return get, func() error { return err }
}

func (t *turn) readDates(pid string) (flows.Dates, error) {
	all, err := plannings(t.tx)
	if err != nil {
		return flows.Dates{}, err
	}
	d := flows.Dates{Meetings: published(all), Seats: map[string]flows.Seats{}}
	if d.Guest, err = guestOf(t.tx, pid); err != nil {
		return flows.Dates{}, err
	}
	for _, m := range d.Meetings {
		if m.Coming(t.now) && m.Capacity > 0 { // else nobody asks how many there are
			if d.Seats[m.ID], err = seatsOf(t.tx, m.ID); err != nil {
				return flows.Dates{}, err
			}
		}
	}
	return d, nil
}
