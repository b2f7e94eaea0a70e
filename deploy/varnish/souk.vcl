# Varnish before the gateway (or Traefik): keeps public answers, forgets them by tag when a write commits.
# Needs varnish-modules for xkey. Two sockets, the second for the services alone:
#   varnishd -a http=:80 -a purge=:6083 -f /etc/varnish/souk.vcl -p vcl_path=/etc/varnish
vcl 4.1;

import xkey;

include "backend.vcl";

sub vcl_recv {
  if (local.socket == "purge") {
    if (req.method != "PURGE" || !req.http.surrogate-key) {
      return (synth(405));
    }
    set req.http.x-forgotten = xkey.purge(req.http.surrogate-key);
    return (synth(200, req.http.x-forgotten + " forgotten"));
  }
  if (req.method != "GET" && req.method != "HEAD") {
    # PURGE among them: to the outside it is no method.
    return (pass);
  }
  # Who says who he is gets an answer of his own, and nobody else gets that.
  if (req.http.authorization || req.http.cookie) {
    return (pass);
  }
  if (req.http.content-length || req.http.transfer-encoding) {
    return (pass);
  }
  return (hash);
}

sub vcl_hash {
  # Pages name addresses as their reader sees the shop.
  hash_data(req.http.x-forwarded-proto);
  hash_data(req.http.x-forwarded-host);
}

sub vcl_backend_response {
  # The service has said until when; a minute more would be a minute late.
  set beresp.grace = 0s;
  set beresp.keep = 0s;
  if (beresp.status != 200
    || beresp.http.set-cookie
    || !beresp.http.surrogate-key
    || beresp.http.cache-control !~ "public"
    || beresp.http.cache-control ~ "(?i)private|no-store|no-cache") {
    # Nothing is kept but that this is not to be kept: those who come next need not wait for each other.
    set beresp.ttl = 5s;
    set beresp.uncacheable = true;
    return (deliver);
  }
  set beresp.http.xkey = beresp.http.surrogate-key;
  return (deliver);
}

sub vcl_deliver {
  if (obj.hits > 0) {
    set resp.http.x-cache = "HIT";
    # Those were of the request that brought it.
    unset resp.http.x-request-id;
    unset resp.http.traceparent;
    unset resp.http.server-timing;
  } else {
    set resp.http.x-cache = "MISS";
  }
  # Caches behind this one are told of no change: they ask each time.
  if (resp.http.surrogate-key && resp.http.cache-control ~ "s-maxage") {
    set resp.http.cache-control = "public, max-age=0, must-revalidate";
    unset resp.http.age;
  }
  unset resp.http.surrogate-key;
  unset resp.http.xkey;
  unset resp.http.via;
  unset resp.http.x-varnish;
}

sub vcl_synth {
  set resp.http.content-type = "text/plain";
  set resp.body = resp.reason;
  return (deliver);
}
