//go:build !goolm

package matrix

import "errors"

// New needs the build tag goolm, and says so.
func New(Options) (Network, error) {
	return nil, errors.New("this lotse was built without Matrix: build it with go build -tags goolm, or take LOTSE_MATRIX_HOMESERVER away")
}
