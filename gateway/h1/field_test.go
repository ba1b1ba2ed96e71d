package h1

import "testing"

// TestValidText: every octet at every place of a short and a long value, against
// the rule octet by octet.
func TestValidText(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for b := range 256 {
				value := make([]byte, length)
				for i := range value {
					value[i] = 'a'
				}
				value[at] = byte(b)
				if got, want := validText(string(value)), isText(byte(b)); got != want {
					t.Fatalf("octet %#x at %d of %d: got %t, want %t", b, at, length, got, want)
				}
			}
		}
	}
}

// TestIsHop: each name in other spellings, and no other name of its length.
func TestIsHop(t *testing.T) {
	for _, name := range []string{
		"Host", "content-length", "CONTENT_LENGTH", "Transfer-Encoding", "transfer_encoding", "Connection", "Trailer",
		"upgrade", "tE", "Expect", "Keep-Alive", "keep_alive", "Proxy-Connection",
	} {
		if !isHop(name) {
			t.Errorf("%s: got false", name)
		}
	}
	for _, name := range []string{"", "t", "Vary", "Accept", "Cookies", "User-Agent", "Content-Lengthy", "Transfer-Encodings", "Proxy-Connections"} {
		if isHop(name) {
			t.Errorf("%s: got true", name)
		}
	}
}
