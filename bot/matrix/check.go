//go:build goolm

package matrix

import "context"

// Check looks at how Matrix is set up.
func (m *Matrix) Check(context.Context) []Finding { return nil }
