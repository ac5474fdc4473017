"""The secret that servers in tests sign tokens with."""

SECRET = "0123456789abcdef-a-secret-for-tests-only"
