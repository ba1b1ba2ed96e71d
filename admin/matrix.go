package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

type matrixInput struct {
	Conclusion string `query:"conclusion" enum:"target_down,path_broken,unknown" doc:"Only targets with this conclusion"`
	Limit      int    `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"Most targets to list"`
}

func (r *routes) addMatrix() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/health/matrix", id: "getHealthMatrix", summary: "What every observer says of every target",
		detail: "Rows and columns tell a target that is down from a path that is broken, and from an observer that is cut off.",
	}, needs(r.sources.Matrix != nil, "observers", r.matrix))
}

func (r *routes) matrix(ctx context.Context, in *matrixInput) (api.Matrix, error) {
	m, err := r.sources.Matrix.Matrix(ctx)
	if err != nil {
		return api.Matrix{}, err
	}
	all := m.Targets
	m.Targets, m.Total = nil, 0
	for i := range all {
		if in.Conclusion != "" && in.Conclusion != all[i].Conclusion {
			continue
		}
		if m.Total++; m.Total <= in.Limit {
			m.Targets = append(m.Targets, all[i])
		}
	}
	return m, nil
}
