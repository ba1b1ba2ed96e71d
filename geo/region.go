package geo

import (
	"strings"

	"meridian/routing"
)

// azureRegions has the points that Azure Resource Manager gives for its
// regions; those it does not give are at city level.
const azureRegions = `
eastasia 22.267,114.188  southeastasia 1.283,103.833  centralus 41.591,-93.621
eastus 37.372,-79.816  eastus2 36.668,-78.389  westus 37.783,-122.417
northcentralus 41.882,-87.628  southcentralus 29.417,-98.5  northeurope 53.348,-6.260
westeurope 52.367,4.9  japanwest 34.694,135.502  japaneast 35.68,139.77
brazilsouth -23.55,-46.633  brazilsoutheast -22.91,-43.21  australiaeast -33.86,151.209
australiasoutheast -37.814,144.963  southindia 12.982,80.164  centralindia 18.582,73.920
westindia 19.088,72.868  jioindiawest 22.47,70.06  jioindiacentral 21.15,79.09
canadacentral 43.653,-79.383  canadaeast 46.817,-71.217  uksouth 50.941,-0.799
ukwest 53.427,-3.084  westcentralus 40.890,-110.234  westus2 47.233,-119.852
westus3 33.45,-112.07  koreacentral 37.567,126.978  koreasouth 35.180,129.076
francecentral 46.377,2.373  francesouth 43.835,2.197  australiacentral -35.308,149.124
australiacentral2 -35.308,149.124  uaenorth 25.27,55.32  uaecentral 24.47,54.37
southafricanorth -25.73,28.22  southafricawest -34.08,18.84  switzerlandnorth 47.45,8.56
switzerlandwest 46.20,6.14  germanywestcentral 50.11,8.68  germanynorth 53.07,8.81
norwayeast 59.91,10.75  norwaywest 58.97,5.73  swedencentral 60.67,17.14
qatarcentral 25.55,51.44  polandcentral 52.23,21.01  italynorth 45.47,9.18
israelcentral 31.95,34.89  spaincentral 40.42,-3.70  mexicocentral 20.59,-100.39
newzealandnorth -36.85,174.76  austriaeast 48.21,16.37  belgiumcentral 50.85,4.35
chilecentral -33.45,-70.67  indonesiacentral -6.20,106.82  malaysiawest 3.14,101.69
chinaeast 31.23,121.47  chinaeast2 31.23,121.47  chinanorth 39.90,116.41
chinanorth2 39.90,116.41  chinanorth3 40.77,114.88
usgovvirginia 37.372,-79.816  usgovarizona 33.45,-112.07  usgovtexas 29.417,-98.5
`

// awsRegions has the regions of AWS at the place of their data centres, as far
// as it is public, else at city level.
const awsRegions = `
us-east-1 38.95,-77.45  us-east-2 40.00,-83.00  us-west-1 37.40,-121.90
us-west-2 45.84,-119.70  us-gov-east-1 40.00,-83.00  us-gov-west-1 45.84,-119.70
ca-central-1 45.50,-73.57  ca-west-1 51.05,-114.07  mx-central-1 20.59,-100.39
sa-east-1 -23.55,-46.63  eu-west-1 53.35,-6.26  eu-west-2 51.51,-0.13
eu-west-3 48.86,2.35  eu-central-1 50.11,8.68  eu-central-2 47.38,8.54
eu-north-1 59.33,18.07  eu-south-1 45.46,9.19  eu-south-2 41.65,-0.88
eusc-de-east-1 52.40,13.06  af-south-1 -33.92,18.42  me-south-1 26.07,50.55
me-central-1 25.00,55.00  il-central-1 32.08,34.78  ap-south-1 19.08,72.88
ap-south-2 17.39,78.49  ap-east-1 22.32,114.17  ap-east-2 25.04,121.56
ap-southeast-1 1.35,103.82  ap-southeast-2 -33.87,151.21  ap-southeast-3 -6.20,106.82
ap-southeast-4 -37.81,144.96  ap-southeast-5 3.14,101.69  ap-southeast-6 -36.85,174.76
ap-southeast-7 13.76,100.50  ap-northeast-1 35.68,139.69  ap-northeast-2 37.57,126.98
ap-northeast-3 34.69,135.50  cn-north-1 39.90,116.41  cn-northwest-1 37.50,105.20
`

// gcpRegions has the regions of Google Cloud at the places it names.
const gcpRegions = `
us-central1 41.26,-95.86  us-east1 33.19,-80.01  us-east4 39.04,-77.49
us-east5 39.96,-83.00  us-south1 32.78,-96.80  us-west1 45.59,-121.18
us-west2 34.05,-118.24  us-west3 40.76,-111.89  us-west4 36.17,-115.14
northamerica-northeast1 45.50,-73.57  northamerica-northeast2 43.65,-79.38
northamerica-south1 20.59,-100.39  southamerica-east1 -23.53,-46.79
southamerica-west1 -33.45,-70.67  europe-west1 50.45,3.82  europe-west2 51.51,-0.13
europe-west3 50.11,8.68  europe-west4 53.43,6.84  europe-west6 47.38,8.54
europe-west8 45.46,9.19  europe-west9 48.86,2.35  europe-west10 52.52,13.40
europe-west12 45.07,7.69  europe-central2 52.23,21.01  europe-north1 60.57,27.19
europe-north2 59.33,18.07  europe-southwest1 40.42,-3.70  africa-south1 -26.20,28.05
me-west1 32.08,34.78  me-central1 25.29,51.53  me-central2 26.43,50.10
asia-east1 24.05,120.52  asia-east2 22.32,114.17  asia-northeast1 35.68,139.69
asia-northeast2 34.69,135.50  asia-northeast3 37.57,126.98  asia-south1 19.08,72.88
asia-south2 28.61,77.21  asia-southeast1 1.35,103.70  asia-southeast2 -6.20,106.82
australia-southeast1 -33.87,151.21  australia-southeast2 -37.81,144.96
`

// cloud is a provider and its table of regions.
type cloud struct{ name, regions string }

func clouds() []cloud {
	return []cloud{{"azure", azureRegions}, {"aws", awsRegions}, {"gcp", gcpRegions}}
}

// RegionOf returns where a well-known cloud region is, by the name a user
// writes: "West US 2", "westus2", "us-east-1", "us-east1", or with the provider
// in front, "aws us-east-1". The spelling decides between the four names that
// AWS and Google Cloud share but for a hyphen.
func RegionOf(display string) (Coordinates, bool) {
	for _, c := range clouds() {
		if at, ok := findPoint(c.regions, display); ok {
			return at, true
		}
	}
	return Region(routing.ParseLocationName(display))
}

// Region returns where a well-known region of Azure, AWS or Google Cloud is, by
// its location id: "westus2", "euwest1", "europewest4", or with the provider in
// front, "awsuseast1". The ids that two providers use for different places
// (useast1, uswest1, uswest2, mecentral1) are unknown without the provider;
// RegionOf tells them apart.
func Region(name routing.LocationName) (Coordinates, bool) {
	var at Coordinates
	found := 0
	for _, c := range clouds() {
		if point, ok := findRegion(c, name); ok {
			at = point
			found++
		}
	}
	return at, found == 1
}

// findRegion looks an id up among the regions of one provider.
func findRegion(c cloud, name routing.LocationName) (Coordinates, bool) {
	if name == "" {
		return Coordinates{}, false
	}
	bare := routing.LocationName(strings.TrimPrefix(string(name), c.name))
	fields := strings.Fields(c.regions)
	for i := 0; i+1 < len(fields); i += 2 {
		if id := routing.ParseLocationName(fields[i]); id == name || id == bare {
			at, err := parsePoint(fields[i+1])
			return at, err == nil
		}
	}
	return Coordinates{}, false
}
