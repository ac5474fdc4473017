"""How a tape leaves the server: event streams, Socket.IO, WebSockets, slow readers."""
