package expr

import "slices"

// The members of the language are rows of tables, one list per kind. A lookup
// reads the rows of one kind only.

func properties(k kind) []property {
	for _, row := range []struct {
		k    kind
		list func() []property
	}{
		{kString, stringProperties},
		{kDateTime, dateProperties},
		{kDateTimeOffset, offsetProperties},
		{kTimeSpan, spanProperties},
		{kContext, contextProperties},
		{kRequest, requestProperties},
		{kResponse, responseProperties},
		{kURL, urlProperties},
		{kURI, uriProperties},
		{kAPI, apiProperties},
		{kOperation, operationProperties},
		{kDeployment, deploymentProperties},
		{kGateway, gatewayProperties},
		{kBackend, backendProperties},
		{kLastError, lastErrorProperties},
		{kProduct, productProperties},
		{kSubscription, subscriptionProperties},
		{kUser, userProperties},
		{kGroup, groupProperties},
		{kVariables, variablesProperties},
		{kHeaders, headersProperties},
		{kMatched, matchedProperties},
		{kList, listProperties},
		{kDict, dictProperties},
		{kPair, pairProperties},
		{kJToken, tokenProperties},
		{kJProperty, jpropertyProperties},
		{kMatch, matchProperties},
		{kBasic, basicProperties},
		{kJWT, jwtProperties},
		{kCertificate, certificateProperties},
		{kException, exceptionProperties},
	} {
		if row.k == k {
			return row.list()
		}
	}
	return arrayProperties(k)
}

func methods(k kind) []method {
	for _, row := range []struct {
		k    kind
		list func() []method
	}{
		{kAny, objectMethods},
		{kString, func() []method { return slices.Concat(stringMethods(), stringForms(), credentialForms()) }},
		{kInt, numberMethods},
		{kLong, numberMethods},
		{kDouble, numberMethods},
		{kByte, numberMethods},
		{kBool, boolMethods},
		{kChar, charMethods},
		{kGUID, guidMethods},
		{kDateTime, dateMethods},
		{kDateTimeOffset, offsetMethods},
		{kTimeSpan, spanMethods},
		{kContext, contextMethods},
		{kBody, bodyMethods},
		{kHeaders, headersMethods},
		{kMatched, matchedMethods},
		{kVariables, variablesMethods},
		{kRandom, randomMethods},
		{kEncoding, encodingMethods},
		{kList, listMethods},
		{kDict, dictMethods},
		{kJToken, tokenMethods},
		{kJObject, objectTokenMethods},
		{kJArray, arrayTokenMethods},
		{kRegex, regexMethods},
		{kURL, urlMethods},
	} {
		if row.k == k {
			return row.list()
		}
	}
	return nil
}

func staticProperties(k kind) []property {
	for _, row := range []struct {
		k    kind
		list func() []property
	}{
		{kString, stringConstants},
		{kInt, intConstants},
		{kLong, longConstants},
		{kDouble, doubleConstants},
		{kMath, mathConstants},
		{kGUID, guidConstants},
		{kDateTime, dateConstants},
		{kDateTimeOffset, offsetConstants},
		{kTimeSpan, spanConstants},
		{kEncoding, encodingConstants},
		{kCulture, cultureConstants},
	} {
		if row.k == k {
			return row.list()
		}
	}
	return nil
}

func staticMethods(k kind) []method {
	for _, row := range []struct {
		k    kind
		list func() []method
	}{
		{kAny, objectStatics},
		{kString, stringStatics},
		{kInt, intStatics},
		{kLong, longStatics},
		{kDouble, doubleStatics},
		{kBool, boolStatics},
		{kChar, charStatics},
		{kMath, mathStatics},
		{kConvert, convertStatics},
		{kGUID, guidStatics},
		{kDateTime, dateStatics},
		{kDateTimeOffset, offsetStatics},
		{kTimeSpan, spanStatics},
		{kURI, uriStatics},
		{kWebUtility, webStatics},
		{kJToken, tokenStatics},
		{kJObject, objectTokenStatics},
		{kJArray, arrayTokenStatics},
		{kJSONConvert, jsonStatics},
		{kRegex, regexStatics},
	} {
		if row.k == k {
			return row.list()
		}
	}
	return nil
}

// constructors are the rows of new T(…): their name is "new".
func constructors(k kind) []method {
	for _, row := range []struct {
		k    kind
		list func() []method
	}{
		{kString, stringConstructors},
		{kGUID, guidConstructors},
		{kDateTime, dateConstructors},
		{kDateTimeOffset, offsetConstructors},
		{kTimeSpan, spanConstructors},
		{kRandom, randomConstructors},
		{kURI, uriConstructors},
		{kJObject, objectTokenConstructors},
		{kJArray, arrayTokenConstructors},
		{kJValue, valueTokenConstructors},
		{kJProperty, propertyTokenConstructors},
		{kList, listConstructors},
		{kDict, dictConstructors},
		{kEncoding, encodingConstructors},
		{kRegex, regexConstructors},
		{kException, exceptionConstructors},
	} {
		if row.k == k {
			return row.list()
		}
	}
	return nil
}

// enumNames are the values of an enumeration, in the order of their numbers.
func enumNames(k kind) []string {
	switch k {
	case kStringComparison:
		return []string{"CurrentCulture", "CurrentCultureIgnoreCase", "InvariantCulture", "InvariantCultureIgnoreCase", "Ordinal", "OrdinalIgnoreCase"}
	case kSplitOptions:
		return []string{"None", "RemoveEmptyEntries", "TrimEntries"}
	case kDateTimeKind:
		return []string{"Unspecified", "Utc", "Local"}
	case kMidpoint:
		return []string{"ToEven", "AwayFromZero"}
	case kJSONFormatting:
		return []string{"None", "Indented"}
	case kBase64Options:
		return []string{"None", "InsertLineBreaks"}
	}
	return enumNamesOfText(k)
}

func enumNamesOfText(k kind) []string {
	switch k {
	case kRegexOptions:
		return []string{"None", "IgnoreCase", "Multiline", "", "ExplicitCapture", "", "", "", "Compiled", "", "", "", "", "", "", "", "Singleline"}
	case kJTokenType:
		return []string{
			"None", "Object", "Array", "Constructor", "Property", "Comment", "Integer", "Float", "String", "Boolean", "Null",
			"Undefined", "Date", "Raw", "Bytes", "Guid", "Uri", "TimeSpan",
		}
	case kDateTimeStyles:
		return []string{"None", "AllowLeadingWhite", "AllowTrailingWhite", "", "AllowInnerWhite", "", "", "AllowWhiteSpaces", "NoCurrentDateDefault"}
	case kNumberStyles:
		return []string{"None"}
	}
	return nil
}
