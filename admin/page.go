package admin

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"meridian/admin/api"
)

const (
	assetsPath = "/assets/"
	// pagePolicy lets a page load what this server serves, and nothing inline.
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

//go:embed assets
var assets embed.FS

// page is the status page: all of it is made here, from the same sources as the
// API. Its script replaces its main part with a newer one, and calls the API.
type page struct {
	routes    *routes
	gate      *gate
	templates *template.Template
	log       *slog.Logger
}

// addPage registers the page on the mux.
func addPage(r *routes, g *gate, mux *http.ServeMux) error {
	t, err := template.New("").Funcs(pageFunctions()).ParseFS(assets, "assets/*.html")
	if err != nil {
		return fmt.Errorf("reading the status page's templates: %w", err)
	}
	p := &page{routes: r, gate: g, templates: t, log: r.log}
	mux.Handle("GET /{$}", permit(open, "getPage", http.HandlerFunc(p.show)))
	mux.Handle("GET "+assetsPath+"{file}", permit(open, "getAsset", http.HandlerFunc(asset)))
	mux.Handle("POST "+loginPath, permit(open, "login", http.HandlerFunc(p.login)))
	mux.Handle("POST "+logoutPath, permit(open, "logout", http.HandlerFunc(p.logout)))
	return nil
}

// asset serves the page's script and style.
func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name != "page.js" && name != "page.css" {
		writeFault(w, api.NotFound, "no such path")
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, assets, "assets/"+name)
}

// show answers the page; to a caller nobody knows the form to log in with.
func (p *page) show(w http.ResponseWriter, r *http.Request) {
	who := visitOf(r.Context()).principal
	if who.Role == "" {
		p.write(w, http.StatusOK, "login.html", loginView{})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), p.routes.limits.Handle)
	defer cancel()
	v := p.routes.look(ctx)
	v.Principal, v.Role, v.At = who.Name, who.Role, time.Now().UTC()
	v.CanSwitch = who.Role.Allows(api.Operator) && p.routes.sources.Switches != nil
	if one, ok := p.gate.sessions.find(r); ok {
		v.CSRF, v.Session = one.csrf, true
	}
	name := "page.html"
	if r.URL.Query().Get("part") == "main" {
		name = "main.html"
	}
	p.write(w, http.StatusOK, name, v)
}

// loginView is what the form to log in shows.
type loginView struct{ Problem string }

// login begins a session for the token in the form.
func (p *page) login(w http.ResponseWriter, r *http.Request) {
	c := callerOf(r.Context())
	if !p.gate.inForce(c) {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	v := visitOf(r.Context())
	bearer := r.PostFormValue("token")
	var err error = api.Errorf(api.Unauthorized, "want a token of at most %d bytes", maxBearer)
	who := Principal{}
	if bearer != "" && len(bearer) <= maxBearer {
		who, err = p.gate.authenticate(r.Context(), c, bearer)
	}
	if err != nil {
		f := refusalOf(r.Context(), p.log, w, err)
		v.refused = f.Code
		p.write(w, f.Status, "login.html", loginView{Problem: f.Detail})
		return
	}
	v.principal = who
	p.gate.sessions.end(r)
	writeCookie(w, r, p.gate.sessions.begin(bearer, c.source))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logout ends the request's session.
func (p *page) logout(w http.ResponseWriter, r *http.Request) {
	p.gate.sessions.end(r)
	writeCookie(w, r, "")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *page) write(w http.ResponseWriter, status int, name string, data any) {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, name, data); err != nil {
		p.log.Error("status page not made", "error", err)
		writeFault(w, api.Internal, "internal error; the log of this node has the details")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the caller has gone if this fails
}
