package expr

import (
	"math"
	"net/url"
	"time"
)

// textRow is a property whose value is a string of the object T.
func textRow[T any](name string, get func(T) string) property {
	return property{name + " string", func(_ *frame, v value) (value, error) {
		o, _ := v.o.(T)
		return str(get(o)), nil
	}}
}

// of context: what it holds is handed out as the Context itself, with another
// kind.
func partRow(sig string, k kind) property {
	return property{sig, func(_ *frame, v value) (value, error) { return object(k, v.o), nil }}
}

func contextProperties() []property {
	return []property{
		{"Request IRequest", func(f *frame, _ value) (value, error) {
			return objectOrNull(kRequest, f.x.Request, f.x.Request == nil), nil
		}},
		{"Response IResponse", func(f *frame, _ value) (value, error) {
			return objectOrNull(kResponse, f.x.Response, f.x.Response == nil), nil
		}},
		{"LastError ILastError", func(f *frame, _ value) (value, error) {
			return objectOrNull(kLastError, f.x.LastError, f.x.LastError == nil), nil
		}},
		{"Product IProduct", func(f *frame, _ value) (value, error) {
			return objectOrNull(kProduct, f.x.Product, f.x.Product == nil), nil
		}},
		{"Subscription ISubscription", func(f *frame, _ value) (value, error) {
			return objectOrNull(kSubscription, f.x.Subscription, f.x.Subscription == nil), nil
		}},
		{"User IUser", func(f *frame, _ value) (value, error) { return objectOrNull(kUser, f.x.User, f.x.User == nil), nil }},
		{"Variables IReadOnlyDictionary<string,object>", func(f *frame, _ value) (value, error) { return object(kVariables, f.x), nil }},
		{"Api IApi", func(f *frame, _ value) (value, error) { return objectOrNull(kAPI, f.x, f.x.NoAPI), nil }},
		{"Operation IOperation", func(f *frame, _ value) (value, error) { return objectOrNull(kOperation, f.x, f.x.NoOperation), nil }},
		partRow("Deployment IDeployment", kDeployment),
		partRow("Backend IBackend", kBackend),
		{"RequestId Guid", func(f *frame, _ value) (value, error) {
			if v, err := parseGUID(f.x.RequestID); err == nil {
				return v, nil
			}
			return object(kGUID, f.x.RequestID), nil
		}},
		{"Timestamp DateTime", func(f *frame, _ value) (value, error) {
			return value{k: kDateTime, n: ticksOf(f.x.Timestamp.UTC())}, nil
		}},
		{"Elapsed TimeSpan", func(f *frame, _ value) (value, error) {
			return spanOf(int64(f.x.now().Sub(f.x.Timestamp) / (100 * time.Nanosecond))), nil
		}},
		{"Tracing bool", func(f *frame, _ value) (value, error) { return boolean(f.x.Tracing), nil }},
	}
}

func contextMethods() []method {
	return []method{
		{"Trace(string message) void", func(f *frame, a []value) (value, error) {
			if f.x.Trace != nil {
				f.x.Trace(a[1].s)
			}
			return null(), nil
		}},
	}
}

func apiProperties() []property {
	return []property{
		textRow("Id", func(x *Context) string { return x.API.ID }),
		textRow("Name", func(x *Context) string { return x.API.Name }),
		textRow("Path", func(x *Context) string { return x.API.Path }),
		textRow("Revision", func(x *Context) string { return x.API.Revision }),
		textRow("Version", func(x *Context) string { return x.API.Version }),
		{"IsCurrentRevision bool", func(*frame, value) (value, error) { return boolean(true), nil }},
		{"Protocols string[]", func(*frame, value) (value, error) { return stringsOf([]string{"http", "https"}), nil }},
		{"ServiceUrl IUrl", func(f *frame, _ value) (value, error) {
			u, _ := url.Parse(f.x.API.ServiceURL) // nil where it is none
			return objectOrNull(kURL, u, u == nil || u.Host == ""), nil
		}},
	}
}

func operationProperties() []property {
	return []property{
		textRow("Id", func(x *Context) string { return x.Operation.ID }),
		textRow("Name", func(x *Context) string { return x.Operation.Name }),
		textRow("Method", func(x *Context) string { return x.Operation.Method }),
		textRow("UrlTemplate", func(x *Context) string { return x.Operation.URLTemplate }),
	}
}

func deploymentProperties() []property {
	return []property{
		textRow("Region", func(x *Context) string { return x.Deployment.Region }),
		textRow("ServiceName", func(x *Context) string { return x.Deployment.ServiceName }),
		textRow("ServiceId", func(x *Context) string { return x.Deployment.ServiceID }),
		textRow("GatewayId", func(x *Context) string { return x.Deployment.GatewayID }),
		partRow("Gateway IGateway", kGateway),
	}
}

func gatewayProperties() []property {
	return []property{
		textRow("Id", func(x *Context) string { return x.Deployment.GatewayID }),
		textRow("InstanceId", func(x *Context) string { return x.Deployment.InstanceID }),
		{"IsManaged bool", func(*frame, value) (value, error) { return boolean(false), nil }},
	}
}

func backendProperties() []property {
	return []property{
		textRow("Id", func(x *Context) string { return x.Backend.ID }),
		textRow("Type", func(x *Context) string { return x.Backend.Type }),
		textRow("AzureRegion", func(x *Context) string { return x.Backend.Region }),
	}
}

func lastErrorProperties() []property {
	return []property{
		textRow("Source", func(e *LastError) string { return e.Source }),
		textRow("Reason", func(e *LastError) string { return e.Reason }),
		textRow("Message", func(e *LastError) string { return e.Message }),
		textRow("Scope", func(e *LastError) string { return e.Scope }),
		textRow("Section", func(e *LastError) string { return e.Section }),
		textRow("Path", func(e *LastError) string { return e.Path }),
		textRow("PolicyId", func(e *LastError) string { return e.PolicyID }),
	}
}

func productProperties() []property {
	return []property{
		textRow("Id", func(p *Product) string { return p.ID }),
		textRow("Name", func(p *Product) string { return p.Name }),
		textRow("State", func(p *Product) string { return p.State }),
	}
}

func subscriptionProperties() []property {
	return []property{
		textRow("Id", func(s *Subscription) string { return s.ID }),
		textRow("Name", func(s *Subscription) string { return s.Name }),
		textRow("Key", func(s *Subscription) string { return s.Key }),
		textRow("PrimaryKey", func(s *Subscription) string { return s.PrimaryKey }),
		textRow("SecondaryKey", func(s *Subscription) string { return s.SecondaryKey }),
	}
}

func userProperties() []property {
	return []property{
		textRow("Id", func(u *User) string { return u.ID }),
		textRow("Email", func(u *User) string { return u.Email }),
		textRow("FirstName", func(u *User) string { return u.FirstName }),
		textRow("LastName", func(u *User) string { return u.LastName }),
		textRow("Note", func(u *User) string { return u.Note }),
		{"Groups IGroup[]", func(_ *frame, v value) (value, error) { return object(kGroups, v.o.(*User).Groups), nil }},
	}
}

func groupProperties() []property {
	return []property{
		textRow("Id", func(g *Group) string { return g.ID }),
		textRow("Name", func(g *Group) string { return g.Name }),
	}
}

// arrayProperties are those of arrays, whatever their elements.
func arrayProperties(k kind) []property {
	switch k {
	case kBytes, kStrings, kChars, kInts, kObjects, kGroups:
		return []property{{"Length int", func(_ *frame, v value) (value, error) { return integer(int32(min(count(v), math.MaxInt32))), nil }}}
	}
	return nil
}
