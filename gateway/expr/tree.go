package expr

// node is a node of the syntax tree of an expression. compile types it and
// returns its closure; a problem is recorded and the result is of no type.
type node interface {
	at() int
	compile(c *compiler) typed
}

// place is the byte offset of a node in the source.
type place int

func (p place) at() int { return int(p) }

// typeRef is a type as it is written.
type typeRef struct {
	place
	name string // with its namespace, without arguments
	args []typeRef
	rank int // number of [] behind it
	null bool
}

type (
	literalNode struct {
		place
		v value
		t Type
	}
	nameNode struct {
		place
		name string
	}
	memberNode struct {
		place // of the member's name
		x     node
		name  string
		args  []typeRef
	}
	callNode struct {
		place
		fn   node
		args []argument
	}
	indexNode struct {
		place
		x    node
		args []argument
	}
	unaryNode struct {
		place
		op string
		x  node
	}
	binaryNode struct {
		place
		op   string
		x, y node
	}
	condNode struct {
		place
		cond, yes, no node
	}
	castNode struct {
		place
		typ typeRef
		x   node
	}
	isNode struct {
		place
		x    node
		typ  typeRef
		null bool   // is null
		not  bool   // is not null
		name string // is T name
	}
	asNode struct {
		place
		x   node
		typ typeRef
	}
	interpNode struct {
		place
		pieces []piece
	}
	// guardNode is x?.rest: rest stands on hole and is null where x is null.
	guardNode struct {
		place
		x, rest node
		hole    *holeNode
	}
	holeNode struct {
		place
		t    Type
		slot int
	}
	newNode struct {
		place
		typ    typeRef
		array  bool // new T[] {…} or new[] {…}
		size   node // new T[size]
		args   []argument
		values []initial
	}
	lambdaNode struct {
		place
		params []string
		body   node
		block  []statement
	}
	assignNode struct {
		place
		op   string
		x, y node // y is nil for ++ and --
	}
)

// argument is an argument of a call, with its name where one is written.
type argument struct {
	place
	name string
	out  bool
	x    node
}

// piece is a part of an interpolated string: text, or a value.
type piece struct {
	text   string
	x      node
	align  int
	format string
}

// initial is an element of an initialiser: value, {key, value} or [key] = value.
type initial struct {
	key, x node
	name   string // Name = value
}
