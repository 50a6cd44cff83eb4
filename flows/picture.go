package flows

import (
	"path"
	"strings"

	"lotse/bot/chat"
)

// Picture reports whether a file may be one that knows where it was taken: what is sent
// as a photo, and what is sent as a file and not clearly something else.
func Picture(f chat.File) bool {
	kind, _, _ := strings.Cut(strings.ToLower(f.Type), "/")
	switch {
	case f.Kind == chat.Photo:
		return true
	case f.Kind != chat.Document:
		return false
	}
	return kind == "image" || kind == "" || strings.EqualFold(f.Type, "application/octet-stream") || pictureName(f) != ""
}

// pictureName is the ending of a file that is called like a picture.
func pictureName(f chat.File) string {
	switch ending := strings.ToLower(path.Ext(f.Name)); ending {
	case ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif",
		".heic", ".heif", ".hif", ".avif", ".tif", ".tiff", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".bmp", ".jxl", ".jp2", ".psd", ".svg":
		return ending
	}
	return ""
}

// cleanable reports whether a picture can be freed of what it knows, by what is said of
// it. What it is shows when it is passed on.
func cleanable(f chat.File) bool {
	switch strings.ToLower(f.Type) {
	case "image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/apng", "image/x-png", "image/webp", "image/gif":
		return true
	case "", "application/octet-stream":
		switch pictureName(f) {
		case "", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif":
			return true
		}
		return false
	}
	return !strings.HasPrefix(strings.ToLower(f.Type), "image/")
}
