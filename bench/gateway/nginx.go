//go:build linux

package main

import (
	"fmt"

	"meridian/bench/rig"
)

func nginx() peer {
	return peer{Program: rig.Program{Name: "nginx", File: "nginx", Version: []string{"-v"}}, prepare: prepareNginx}
}

func prepareNginx(s setup) ([]string, error) {
	config := fmt.Sprintf(`daemon off;
worker_processes 1;
pid %[1]s/pid;
error_log %[1]s/error.log error;
worker_rlimit_nofile 20000;
events { worker_connections 19000; }
http {
  access_log off;
  client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
  keepalive_requests 1000000000;
  upstream orders { server %[3]s; server %[4]s; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen %[2]s;
    location / {
      proxy_pass http://orders;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Request-Id $request_id;
    }
  }
}
`, s.Dir, s.Addr, s.backends[0], s.backends[1])
	return []string{"", "-p", s.Dir, "-e", s.Dir + "/error.log", "-c", s.Dir + "/nginx.conf"}, s.Write("nginx.conf", config)
}
