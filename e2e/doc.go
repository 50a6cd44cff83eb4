// Package e2e is the product as a stranger meets it: its tests build the
// program, start its demo, and use the page in a real browser. They leave
// pictures in shots/.
//
// They need Chromium (the one in $CHROMIUM, else the first in $PATH) and npm,
// which fetches the accessibility checker axe-core; neither is a part of the
// program, and neither is this module's only library.
package e2e
