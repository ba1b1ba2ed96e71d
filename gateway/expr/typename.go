package expr

import (
	"slices"
	"strings"
)

// typeRow names a kind. The first name is the one messages use; full is the
// name .NET's messages use.
type typeRow struct {
	kind   kind
	names  string // separated by blanks
	full   string
	parent kind // what it derives from; 0: object
}

// typeRows is the closed list of types that an expression may name or meet.
func typeRows() []typeRow {
	return []typeRow{
		{kAny, "object Object dynamic", "System.Object", 0},
		{kNull, "<null>", "", 0},
		{kBool, "bool Boolean", "System.Boolean", 0},
		{kInt, "int Int32", "System.Int32", 0},
		{kLong, "long Int64 uint UInt32", "System.Int64", 0},
		{kDouble, "double Double float Single decimal Decimal", "System.Double", 0},
		{kString, "string String", "System.String", 0},
		{kByte, "byte Byte", "System.Byte", 0},
		{kChar, "char Char", "System.Char", 0},
		{kDateTime, "DateTime", "System.DateTime", 0},
		{kDateTimeOffset, "DateTimeOffset", "System.DateTimeOffset", 0},
		{kTimeSpan, "TimeSpan", "System.TimeSpan", 0},
		{kGUID, "Guid", "System.Guid", 0},
		{kBytes, "byte[]", "System.Byte[]", 0},
		{kStrings, "string[]", "System.String[]", 0},
		{kChars, "char[]", "System.Char[]", 0},
		{kInts, "int[]", "System.Int32[]", 0},
		{kObjects, "object[]", "System.Object[]", 0},
		{kList, "List IList ICollection", "System.Collections.Generic.List`1", 0},
		{kDict, "Dictionary IDictionary IReadOnlyDictionary", "System.Collections.Generic.Dictionary`2", 0},
		{kSeq, "IEnumerable", "System.Collections.Generic.IEnumerable`1", 0},
		{kPair, "KeyValuePair", "System.Collections.Generic.KeyValuePair`2", 0},
		{kGroups, "IGroup[]", "IGroup[]", 0},
		{kContext, "IContext", "context", 0},
		{kRequest, "IRequest", "IRequest", 0},
		{kResponse, "IResponse", "IResponse", 0},
		{kBody, "IMessageBody", "IMessageBody", 0},
		{kHeaders, "IReadOnlyDictionary<string,string[]>", "Headers", 0},
		{kMatched, "IReadOnlyDictionary<string,string>", "MatchedParameters", 0},
		{kVariables, "IReadOnlyDictionary<string,object>", "Variables", 0},
		{kURL, "IUrl", "IUrl", 0},
		{kURI, "Uri UriBuilder", "System.Uri", 0},
		{kAPI, "IApi IContextApi", "IApi", 0},
		{kOperation, "IOperation", "IOperation", 0},
		{kDeployment, "IDeployment", "IDeployment", 0},
		{kGateway, "IGateway", "IGateway", 0},
		{kBackend, "IBackend", "IBackend", 0},
		{kLastError, "ILastError", "ILastError", 0},
		{kProduct, "IProduct", "IProduct", 0},
		{kSubscription, "ISubscription", "ISubscription", 0},
		{kUser, "IUser", "IUser", 0},
		{kGroup, "IGroup", "IGroup", 0},
		{kRandom, "Random", "System.Random", 0},
		{kEncoding, "Encoding UTF8Encoding", "System.Text.Encoding", 0},
		{kJToken, "JToken", "Newtonsoft.Json.Linq.JToken", 0},
		{kJObject, "JObject", "Newtonsoft.Json.Linq.JObject", kJToken},
		{kJArray, "JArray", "Newtonsoft.Json.Linq.JArray", kJToken},
		{kJValue, "JValue", "Newtonsoft.Json.Linq.JValue", kJToken},
		{kJProperty, "JProperty", "Newtonsoft.Json.Linq.JProperty", kJToken},
		{kVoid, "void", "System.Void", 0},
		{kLambda, "Func", "System.Func", 0},
		{kConvert, "Convert", "System.Convert", 0},
		{kMath, "Math", "System.Math", 0},
		{kWebUtility, "WebUtility HttpUtility", "System.Net.WebUtility", 0},
		{kJSONConvert, "JsonConvert", "Newtonsoft.Json.JsonConvert", 0},
		{kRegex, "Regex", "System.Text.RegularExpressions.Regex", 0},
		{kMatch, "Match", "System.Text.RegularExpressions.Match", 0},
		{kMatches, "GroupCollection", "System.Text.RegularExpressions.GroupCollection", 0},
		{kStringComparison, "StringComparison", "System.StringComparison", 0},
		{kSplitOptions, "StringSplitOptions", "System.StringSplitOptions", 0},
		{kDateTimeKind, "DateTimeKind", "System.DateTimeKind", 0},
		{kMidpoint, "MidpointRounding", "System.MidpointRounding", 0},
		{kJSONFormatting, "Formatting", "Newtonsoft.Json.Formatting", 0},
		{kBase64Options, "Base64FormattingOptions", "System.Base64FormattingOptions", 0},
		{kRegexOptions, "RegexOptions", "System.Text.RegularExpressions.RegexOptions", 0},
		{kJTokenType, "JTokenType", "Newtonsoft.Json.Linq.JTokenType", 0},
		{kCulture, "CultureInfo IFormatProvider", "System.Globalization.CultureInfo", 0},
		{kDateTimeStyles, "DateTimeStyles", "System.Globalization.DateTimeStyles", 0},
		{kNumberStyles, "NumberStyles", "System.Globalization.NumberStyles", 0},
		{kBasic, "BasicAuthCredentials", "BasicAuthCredentials", 0},
		{kJWT, "Jwt", "Jwt", 0},
		{kArray, "Array", "System.Array", 0},
		{kCertificate, "X509Certificate2", "System.Security.Cryptography.X509Certificates.X509Certificate2", 0},
		{kException, "Exception", "System.Exception", 0},
		{kT, "T", "T", 0},
	}
}

// namespaces are the names that may stand before a type's name.
func namespaces() []string {
	return []string{
		"System", "System.Text", "System.Net", "System.Web", "System.Globalization", "System.Collections", "System.Collections.Generic",
		"System.Linq", "System.Text.RegularExpressions", "System.Security", "System.Security.Cryptography", "System.Xml", "System.Xml.Linq",
		"Newtonsoft", "Newtonsoft.Json", "Newtonsoft.Json.Linq",
	}
}

func isNamespace(name string) bool { return slices.Contains(namespaces(), name) }

// typeByName finds a type by one of its short names.
func typeByName(name string) (Type, bool) {
	for _, row := range typeRows() {
		if i := strings.Index(row.names, name); i >= 0 && slices.Contains(strings.Fields(row.names), name) {
			return Type(row.kind), true
		}
	}
	return Type(kBad), false
}

// fullName returns .NET's name of a kind.
func fullName(k kind) string {
	for _, row := range typeRows() {
		if row.kind == k {
			return row.full
		}
	}
	return "System.Object"
}

// parent returns what a kind derives from; ok is false at the top.
func (t Type) parent() (Type, bool) {
	if t.is(kAny) || t.is(kBad) {
		return Any, false
	}
	for _, row := range typeRows() {
		if row.kind == t.kind() {
			return Type(row.parent), true
		}
	}
	return Any, true
}

// derives reports whether a value of t is one of from.
func (t Type) derives(from Type) bool {
	for {
		if t.kind() == from.kind() {
			return true
		}
		up, ok := t.parent()
		if !ok {
			return false
		}
		t = up
	}
}
