package expr

import "testing"

func TestJWT(t *testing.T) {
	// {"alg":"none","typ":"JWT"} . {"iss":"me","sub":"s","aud":["a","b"],"exp":1714979290,"roles":["r1","r2"]}
	const token = `"Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJtZSIsInN1YiI6InMiLCJhdWQiOlsiYSIsImIiXSwiZXhwIjoxNzE0OTc5MjkwLCJyb2xlcyI6WyJyMSIsInIyIl19.x".AsJwt()`
	table(t, false, [][2]string{
		{token + `.Issuer`, "string me"},
		{token + `?.Subject`, "string s"},
		{token + `.Algorithm`, "string none"},
		{token + `.Audiences.Contains("b")`, "bool True"},
		{token + `.Claims["roles"][1]`, "string r2"},
		{token + `.Claims.GetValueOrDefault("roles", "")`, "string r1,r2"},
		{token + `?.Claims.GetValueOrDefault("none", "x")`, "string x"},
		{token + `.ExpirationTime < DateTime.UtcNow.AddMinutes(1)`, "bool True"},
		{token + `.Id`, "null"},
		{`"a.b.c".AsJwt()?.Subject`, "null"},
		{`"a.b.c".TryParseJwt(out var none) || none != null`, "bool False"},
		{token[:len(token)-len(".AsJwt()")] + `.TryParseJwt(out Jwt t) && t.Issuer == "me"`, "bool True"},
		{`"Basic dXNlcjpwYXNz".TryParseBasic(out BasicAuthCredentials who) && who.Username == "user"`, "bool True"},
		{`"x".TryParseJwt()`, "problem 1:5: TryParseJwt takes an out variable"},
		{`int.TryParse("1", out var n) && "x".TryParseJwt(out n)`, "problem 1:49: TryParseJwt gives Jwt, n is of type int"},
		{`"".AsJwt() == null`, "bool True"},
	})
}
