"""One user's connection to a server, for gevent."""
