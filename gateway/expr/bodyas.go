package expr

import (
	"net/url"
	"strings"
)

// content is what a body belongs to.
type content interface {
	Body(limit int) ([]byte, error)
	SetBody(data []byte)
}

// bodyOf reads the whole body. Without preserve the message has none
// afterwards, as in Azure.
func bodyOf(f *frame, v value, preserve bool) ([]byte, error) {
	msg, ok := v.o.(content)
	if !ok {
		return nil, nullError()
	}
	data, err := msg.Body(f.bytes)
	if err != nil {
		return nil, err
	}
	if err := f.take(len(data)); err != nil {
		return nil, err
	}
	if !preserve {
		msg.SetBody(nil)
	}
	return data, nil
}

// bodyAs is Body.As<T>(preserveContent): a[1] is T.
func bodyAs(f *frame, a []value) (value, error) {
	t := a[1].typ()
	if t != String && t != Any && !t.is(kBytes) && !t.json() {
		return null(), fail(Argument, "The body cannot be read as "+t.String()+": string, byte[], JObject, JArray and JToken are allowed.")
	}
	data, err := bodyOf(f, a[0], a[2].bool())
	if err != nil {
		return null(), err
	}
	switch {
	case t.is(kBytes):
		return bytesOf(data), nil
	case t.json():
		return parseAs(string(data), t.kind())
	}
	return str(strings.ToValidUTF8(strings.TrimPrefix(string(data), "\ufeff"), "\ufffd")), nil
}

// parseAs is JObject.Parse and its relatives.
func parseAs(s string, k kind) (value, error) {
	t, err := parseJSON(s)
	if err != nil {
		return null(), err
	}
	if k != kJToken && t.k != k {
		name := fullName(k)[len("Newtonsoft.Json.Linq."):]
		what := map[kind]string{kJObject: "an object", kJArray: "an array"}[k]
		return null(), fail(BadJSON, "Error reading "+name+" from JsonReader. Current JsonReader item is not "+what+": "+t.typeName()+". Path '', line 1, position 1.")
	}
	return tokenValue(t), nil
}

func bodyMethods() []method {
	return []method{
		{"As<T>(bool preserveContent = false) T", bodyAs},
		{"AsFormUrlEncodedContent(bool preserveContent = false) IReadOnlyDictionary<string,string[]>", func(f *frame, a []value) (value, error) {
			data, err := bodyOf(f, a[0], a[1].bool())
			if err != nil {
				return null(), err
			}
			form, _ := url.ParseQuery(string(data)) // what is malformed is left out
			return object(kHeaders, form), nil
		}},
	}
}
