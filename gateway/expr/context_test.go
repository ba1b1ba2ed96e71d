package expr

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestSeed is seed 001's condition, byte for byte, at its regions.
func TestSeed(t *testing.T) {
	for _, row := range []struct {
		src, region string
		want        bool
	}{
		{`"West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)`, "West US", true},
		{`"West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)`, "west us", true},
		{`"West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)`, "West US 2", false},
		{`"East Asia".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)`, "East Asia", true},
		{`"East Asia".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)`, "West US", false},
		{`context.Deployment.Region.Equals("east us", System.StringComparison.InvariantCultureIgnoreCase)`, "East US", true},
	} {
		p, problems := Compile(row.src, false, Options{Want: Bool})
		if len(problems) > 0 {
			t.Fatalf("%s: %v", row.src, problems)
		}
		got, err := p.Bool(&Context{Deployment: Deployment{Region: row.region}})
		if err != nil || got != row.want {
			t.Errorf("%s at %q: got %v, %v, want %v", row.src, row.region, got, err, row.want)
		}
	}
}

func TestContext(t *testing.T) {
	table(t, false, [][2]string{
		{`context.Api.Id + context.Api.Name + context.Api.Path + context.Api.Revision + context.Api.Version`, "string shopShopshop2v1"},
		{`context.Api.ServiceUrl.Host + ":" + context.Api.ServiceUrl.Port + context.Api.ServiceUrl.Path`, "string backend.example.com:444/api"},
		{`context.Operation.Id + context.Operation.Method + context.Operation.UrlTemplate`, "string get-orderGET/orders/{id}"},
		{`context.Deployment.Region == "West US"`, "bool True"},
		{`context.Deployment.ServiceName + context.Deployment.Gateway.Id + context.Deployment.Gateway.InstanceId`, "string contosogwi1"},
		{`context.Deployment.Gateway.IsManaged`, "bool False"},
		{`context.Backend.Id + context.Backend.AzureRegion`, "string b1East US"},
		{`context.RequestId.ToString()`, "string 0f8fad5b-d9cb-469f-a165-70867728950e"},
		{`context.RequestId.ToString("N").Length`, "int 32"},
		{`context.Request.Method`, "string POST"},
		{`context.Request.Method == "POST" && context.Operation.Id.Equals("get-order")`, "bool True"},
		{`context.Request.IpAddress`, "string 203.0.113.9"},
		{`context.Request.Headers.GetValueOrDefault("content-type", "")`, "string application/json"},
		{`context.Request.Headers.GetValueOrDefault("X-Many", "")`, "string a,b"},
		{`context.Request.Headers.GetValueOrDefault("X-None", "d")`, "string d"},
		{`context.Request.Headers.GetValueOrDefault("X-None")`, "null"},
		{`context.Request.Headers.GetValueOrDefault(defaultValue: "d", headerName: "X-None")`, "string d"},
		{`context.Variables.GetValueOrDefault<int>(variableName: "none", defaultValue: 3)`, "int 3"},
		{`"a".Equals("A", comparisonType: StringComparison.OrdinalIgnoreCase)`, "bool True"},
		{`context.Request.Headers.GetValueOrDefault(name: "X-None")`, "problem 1:25: no overload…"},
		{`context.Request.Certificate == null || context.Request.Certificate.Thumbprint != "x"`, "bool True"},
		{`context.Request.Headers["X-Many"]`, `["a" "b"]`},
		{`context.Request.Headers["x-many"].First() + context.Request.Headers["X-Many"][1]`, "string ab"},
		{`context.Request.Headers["X-None"][0]`, "error The given key was not present in the dictionary."},
		{`context.Request.Headers.ContainsKey("x-many")`, "bool True"},
		{`context.Request.MatchedParameters["id"]`, "string 7"},
		{`context.Request.MatchedParameters.GetValueOrDefault("nope", "x")`, "string x"},
		{`context.Request.MatchedParameters.ContainsKey("id")`, "bool True"},
		{`context.Request.Url.Path + context.Request.Url.QueryString`, "string /orders/7?a=1&a=2&B=x%20y"},
		{`context.Request.Url.Host + context.Request.Url.Scheme + context.Request.Url.Port`, "string api.example.comhttp80"},
		{`context.Request.Url.ToString()`, "string http://api.example.com/orders/7?a=1&a=2&B=x%20y"},
		{`context.Request.Url.Query.GetValueOrDefault("a", "")`, "string 1,2"},
		{`context.Request.Url.Query["b"][0]`, "string x y"},
		{`context.Request.Url.Query.ContainsKey("c")`, "bool False"},
		{`JsonConvert.SerializeObject(context.Request.Url.Query) + JsonConvert.SerializeObject(context.Request.MatchedParameters)`, `string {"B":["x y"],"a":["1","2"]}{"id":"7"}`},
		{`(string)JObject.FromObject(context.Request.Headers)["X-Many"][1]`, "string b"},
		{`context.Request.OriginalUrl.ToUri().Host + new Uri(context.Request.Url.ToUri(), "/x").AbsolutePath`, "string api.example.com/x"},
		{`context.Request.OriginalUrl.Host + context.Request.OriginalUrl.Port`, "string api.example.com8443"},
		{`context.Request.OriginalUrl.ToString()`, "string https://api.example.com:8443/shop/orders/7?a=1"},
		{`context.Request.OriginalUrl.Path.Substring("/shop".Length)`, "string /orders/7"},
		{`context.Response.StatusCode`, "int 429"},
		{`context.Response.StatusCode == 429 || context.Response.StatusCode >= 500`, "bool True"},
		{`context.Response != null && context.Response.StatusCode == 404`, "bool False"},
		{`context.Response == null`, "bool False"},
		{`context.Response.StatusReason`, "string Too Many Requests"},
		{`int.Parse(context.Response.Headers.GetValueOrDefault("Retry-After", "0"))`, "int 7"},
		{`context.Variables.ContainsKey("text")`, "bool True"},
		{`!context.Variables.ContainsKey("absent")`, "bool True"},
		{`context.Variables.GetValueOrDefault<string>("text")`, "string abc"},
		{`context.Variables.GetValueOrDefault<string>("absent")`, "null"},
		{`context.Variables.GetValueOrDefault<string>("absent", "d")`, "string d"},
		{`context.Variables.GetValueOrDefault<int>("absent")`, "int 0"},
		{`context.Variables.GetValueOrDefault<int>("int", 1) + 1`, "int 43"},
		{`context.Variables.GetValueOrDefault<int>("one")`, "error Specified cast is not valid."},
		{`context.Variables.GetValueOrDefault<bool>("flag")`, "bool True"},
		{`context.Variables.GetValueOrDefault("text", "d")`, "string abc"},
		{`(string)context.Variables.GetValueOrDefault("text")`, "string abc"},
		{`context.Variables.GetValueOrDefault<Foo>("text")`, "problem 1:37: the type Foo is not allowed…"},
		{`context.LastError != null`, "bool False"},
		{`context.User.Email + context.User.Groups[0].Name`, "string u@example.comAdmins"},
		{`context.User.Groups.Any(g => g.Name == "Users")`, "bool True"},
		{`string.Join(",", context.User.Groups.Select(g => g.Id))`, "string g1,g2"},
		{`context.Subscription.Id`, "error Object reference not set to an instance of an object."},
		{`context.Tracing`, "bool False"},
		{`context.Request.Body.As<string>(preserveContent: true).Length`, "int 69"},
		{`(string)context.Request.Body.As<JObject>(preserveContent: true)["model"]`, "string gpt"},
		{`context.Request.Body.As<JObject>(true)["list"][1].ToString()`, "string two"},
		{`context.Request.Body.As<byte[]>(true).Length`, "int 69"},
		{`context.Request.Body.As<int>()`, "error The body cannot be read as int…"},
		{`context.Request.Body.As<JArray>()`, "error Error reading JArray from JsonReader. Current JsonReader item is not an array: Object…"},
		{`((IResponse)context.Variables["answer"]).Body.As<JObject>()["access_token"].ToString()`, "string tok"},
		{`context.Foo`, "problem 1:9: IContext has no member Foo; allowed are Api, Backend, Deployment…"},
		{`context.Request.Foo`, "problem 1:17: IRequest has no member Foo; allowed are Body, Certificate…"},
		{`context.Deployment.Region.Foo(1)`, "problem 1:27: string has no member Foo…"},
		{`context`, "Object …"},
		{`Context.Request`, "problem 1:1: the name Context does not exist here…"},
	})
}

func TestBodyIsConsumed(t *testing.T) {
	x := world()
	if got := outcome(`context.Request.Body.As<string>(preserveContent: true).Length`, false, x); got != "int 69" {
		t.Errorf("got %s", got)
	}
	if b, _ := io.ReadAll(x.Request.HTTP.Body); len(b) != 69 {
		t.Errorf("after preserveContent: got %d bytes to forward, want 69", len(b))
	}
	if !x.Request.Rewind() {
		t.Errorf("Rewind of a kept body: got false, want true")
	}
	if got := outcome(`context.Request.Body.As<string>().Length`, false, x); got != "int 69" {
		t.Errorf("got %s", got)
	}
	if b, _ := io.ReadAll(x.Request.HTTP.Body); len(b) != 0 {
		t.Errorf("without preserveContent: got %d bytes to forward, want 0", len(b))
	}
	want := "error Object reference not set to an instance of an object."
	if got := outcome(`context.Request.Body.As<string>().Length`, false, x); got != want {
		t.Errorf("a second time: got %s, want %s", got, want)
	}
}

func TestBodyLimit(t *testing.T) {
	x := world()
	x.Request.HTTP.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", 100)))
	_, err := x.Request.Body(99)
	if e, ok := err.(*Error); !ok || e.Kind != Limit { //nolint:errorlint // Body returns *Error as it is
		t.Errorf("got %v, want an error of kind Limit", err)
	}
	if b, _ := io.ReadAll(x.Request.HTTP.Body); len(b) != 100 {
		t.Errorf("after a refused body: got %d bytes to forward, want 100", len(b))
	}
}

func TestSetBody(t *testing.T) {
	r := &Response{HTTP: &http.Response{Header: http.Header{"Content-Length": {"9"}}, Body: io.NopCloser(strings.NewReader("nine byte"))}}
	r.SetBody([]byte("two"))
	if got := r.HTTP.Header.Get("Content-Length"); got != "3" || r.HTTP.ContentLength != 3 {
		t.Errorf("got Content-Length %s and %d, want 3", got, r.HTTP.ContentLength)
	}
	if b, _ := io.ReadAll(r.HTTP.Body); string(b) != "two" {
		t.Errorf("got %q, want two", b)
	}
}

func TestRegions(t *testing.T) {
	p, problems := Compile(` "West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase)
	|| context.Deployment.Region == "westus2" || "x" == context.Deployment.Region.ToLower() || context.Api.Id == "y"
	|| string.Equals(context.Deployment.Region, "East Asia")`, false, Options{At: Position{Line: 10, Column: 20}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []Literal{
		{"West US", true, Position{10, 21}},
		{"westus2", false, Position{11, 34}},
		{"x", true, Position{11, 47}},
		{"East Asia", false, Position{12, 46}},
	}
	got := map[Literal]bool{}
	for _, l := range p.Regions() {
		got[l] = true
	}
	for _, l := range want {
		if !got[l] {
			t.Errorf("%v is missing in %v", l, p.Regions())
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d literals, want %d", len(got), len(want))
	}
}

func TestWant(t *testing.T) {
	for _, row := range []struct {
		src  string
		want Type
		out  string
	}{
		{`1`, Bool, "problem 1:1: cannot convert int to bool"},
		{`"1"`, Int, "problem 1:1: cannot convert string to int"},
		{`context.Variables["flag"]`, Bool, "bool True"},
		{`context.Variables["text"]`, Bool, "error Specified cast is not valid."},
		{`1`, String, "int 1"},
		{`'a'`, Int, "int 97"},
		{`context.Response?.StatusCode`, Int, "int 429"},
		{`context.Trace("x")`, String, "problem 1:9: the expression has no value, string is expected"},
	} {
		p, problems := Compile(row.src, false, Options{Want: row.want})
		var got string
		if len(problems) > 0 {
			got = "problem " + problems[0].String()
		} else if v, err := p.Eval(world()); err != nil {
			got = "error " + err.Error()
		} else {
			got = show(v)
		}
		if got != row.out {
			t.Errorf("%s: got %s, want %s", row.src, got, row.out)
		}
	}
}

// TestSharedProgram evaluates one program from several goroutines: nothing of
// one request shows in another.
func TestSharedProgram(t *testing.T) {
	p, problems := Compile(`var s = ""; foreach (var c in context.RequestId.ToString()) { s += c; } return s + string.Join(",", new [] {"a", s});`, true, Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var wg sync.WaitGroup
	for _, id := range []string{"one", "two", "three", "four"} {
		wg.Go(func() {
			for range 50 {
				x := world()
				x.RequestID = id
				if got, err := p.Text(x); err != nil || got != id+"a,"+id {
					t.Errorf("got %q, %v, want %q", got, err, id+"a,"+id)
				}
			}
		})
	}
	wg.Wait()
}

// silent is a tunnel whose other end says nothing.
type silent struct{ t *testing.T }

func (s silent) Read([]byte) (int, error) {
	s.t.Error("a tunnel was read as a body")
	return 0, io.EOF
}

func (s silent) Close() error {
	s.t.Error("a tunnel was closed")
	return nil
}

// TestTunnelIsNoBody: expressions do not wait for the end of a WebSocket.
func TestTunnelIsNoBody(t *testing.T) {
	x := world()
	x.Response = &Response{HTTP: &http.Response{StatusCode: http.StatusSwitchingProtocols, Header: http.Header{}, Body: silent{t}}}
	p, problems := Compile("context.Response.Body.As<string>(preserveContent: true)", false, Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got, err := p.Text(x); got != "" || err != nil {
		t.Errorf("got %q, %v, want nothing", got, err)
	}
	x.Response.SetBody([]byte("text"))
	if _, same := x.Response.HTTP.Body.(silent); !same {
		t.Errorf("got %T as the tunnel, want it as it was", x.Response.HTTP.Body)
	}
}
