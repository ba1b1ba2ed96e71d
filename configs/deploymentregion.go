package configs

import (
	"strings"

	"meridian/routing"
)

// azureRegions lists the public regions of Azure as context.Deployment.Region
// has them.
const azureRegions = `East US|East US 2|East US 3|West US|West US 2|West US 3|Central US|North Central US|South Central US|
West Central US|Canada Central|Canada East|Mexico Central|Brazil South|Brazil Southeast|Chile Central|
North Europe|West Europe|UK South|UK West|France Central|France South|Germany West Central|Germany North|
Switzerland North|Switzerland West|Norway East|Norway West|Sweden Central|Sweden South|Poland Central|Italy North|
Spain Central|Austria East|Belgium Central|Denmark East|Finland Central|Greece Central|
East Asia|Southeast Asia|Japan East|Japan West|Korea Central|Korea South|Central India|South India|West India|
Jio India West|Jio India Central|Indonesia Central|Malaysia West|Malaysia South|Taiwan North|Taiwan Northwest|
New Zealand North|Australia East|Australia Southeast|Australia Central|Australia Central 2|
UAE North|UAE Central|Qatar Central|Israel Central|Israel Northwest|Saudi Arabia East|South Africa North|South Africa West|
China East|China East 2|China East 3|China North|China North 2|China North 3|
USGov Virginia|USGov Arizona|USGov Texas|USDoD East|USDoD Central|East US 2 EUAP|Central US EUAP`

// DeploymentRegion returns the name of a location that policies see as
// context.Deployment.Region: Azure's display name ("West US") for its regions,
// however the document spells them (azure.md §2.2), else the name as it is.
func DeploymentRegion(name string) string {
	id := routing.ParseLocationName(name)
	for display := range strings.SplitSeq(strings.ReplaceAll(azureRegions, "\n", ""), "|") {
		if routing.ParseLocationName(display) == id {
			return display
		}
	}
	return name
}
