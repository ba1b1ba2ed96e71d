// Package azure reads documents of Azure Resource Manager, as people have them
// in repositories and as Azure answers them, and makes a service document of
// what they say of API Management and Traffic Manager.
//
// It owns the shapes of the foreign documents (REST bodies, lists, deployment
// templates), the expressions of templates as far as they can be known without
// Azure, and the mapping of each field (azure.md §1 to §4). It imports nothing
// of ours: whether the result is a service document is asked through
// Options.Check, and what is wrong is taken out again and told.
//
//	files ─► JSON (text) ─► resources (document, template, expression)
//	      ─► elements (backends, policies, apis, profiles …) ─► settle: Check, take out ─► Result
//
// Nothing is left out silently but what Azure only answers: three lists say
// what was changed, ignored and refused, each with file and JSON path.
package azure
