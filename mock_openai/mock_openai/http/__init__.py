"""The protocol that plays a plan on a socket; CORS, keys, limits, parameters of requests."""
