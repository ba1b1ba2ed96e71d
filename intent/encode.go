package intent

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MaxEncoded is the most bytes that a value or a node's registration takes
// when it is encoded.
const MaxEncoded = 48 << 10

// Encode returns the value as JSON, at most MaxEncoded bytes of it.
func (v Value) Encode() ([]byte, error) {
	if err := v.Validate(); err != nil {
		return nil, fmt.Errorf("encoding intent: %w", err)
	}
	return encode("intent", v)
}

// Decode reads what Encode writes, from whomever, and validates it. Members
// that it does not know are let pass: a newer version may have written them.
func Decode(data []byte) (v Value, err error) {
	if err := decode("intent", data, &v); err != nil {
		return Value{}, err
	}
	if v, err = v.regular(); err != nil {
		return Value{}, fmt.Errorf("decoding intent: %w", err)
	}
	return v, nil
}

// regular returns a value that says the same in the only way Encode would.
func (v Value) regular() (Value, error) {
	if len(v.Seen) == 0 {
		v.Seen = nil
	}
	if len(v.Bypass) == 0 {
		v.Bypass = nil
	}
	if err := v.Validate(); err != nil {
		return v, err
	}
	var detail bytes.Buffer
	if len(v.Detail) > 0 {
		if err := json.Compact(&detail, v.Detail); err != nil {
			return v, err
		}
	}
	v.Detail = detail.Bytes()
	return v, nil
}

func encode(what string, v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding %s: %w", what, err)
	}
	data := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(data) > MaxEncoded {
		return nil, fmt.Errorf("encoding %s: %d bytes, want at most %d", what, len(data), MaxEncoded)
	}
	return data, nil
}

func decode(what string, data []byte, v any) error {
	if len(data) > MaxEncoded {
		return fmt.Errorf("decoding %s: %d bytes, want at most %d", what, len(data), MaxEncoded)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("decoding %s: %w", what, err)
	}
	return nil
}
