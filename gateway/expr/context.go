package expr

import "time"

// Context is what the name context means in an expression. It is built per
// request; nil pointers are null. Policies change Variables, Request and
// Response in place between evaluations; one Context is used by one goroutine
// at a time.
type Context struct {
	Request      *Request
	Response     *Response
	LastError    *LastError
	Variables    map[string]Value
	API          API
	NoAPI        bool // context.Api is null: no API claims the request
	Operation    Operation
	NoOperation  bool // context.Operation is null: none claims the request
	Deployment   Deployment
	Backend      Backend
	Product      *Product
	Subscription *Subscription
	User         *User
	RequestID    string
	Timestamp    time.Time         // when the request arrived
	Now          func() time.Time  // nil: time.Now
	Draw         func() uint64     // nil: math/rand/v2
	Tracing      bool              // context.Tracing
	Trace        func(text string) // nil: context.Trace does nothing
}

// API is context.Api. Hosts and operations are no part of it.
type API struct{ ID, Name, Path, Revision, Version, ServiceURL string }

// Operation is context.Operation.
type Operation struct{ ID, Name, Method, URLTemplate string }

// Deployment is context.Deployment. Region is the display name ("West US").
type Deployment struct{ Region, ServiceName, ServiceID, GatewayID, InstanceID string }

// Backend is context.Backend: the backend that was called last, if any.
type Backend struct{ ID, Type, Region string }

// LastError is context.LastError, null outside of on-error.
type LastError struct{ Source, Reason, Message, Scope, Section, Path, PolicyID string }

// Product is context.Product.
type Product struct{ ID, Name, State string }

// Subscription is context.Subscription.
type Subscription struct{ ID, Name, Key, PrimaryKey, SecondaryKey string }

// User is context.User.
type User struct {
	ID, Email, FirstName, LastName, Note string
	Groups                               []Group
}

// Group is an element of context.User.Groups.
type Group struct{ ID, Name string }

func (x *Context) now() time.Time {
	if x.Now != nil {
		return x.Now()
	}
	return time.Now()
}
