"""What can be set from outside, read from the environment once, at the door.

Everything below the door is handed a frozen `Settings`; nothing else reads the environment.
"""

import re
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tokentape.networks import Network, network_of, parsed
from tokentape.rates import rate_of

WEAK_SECRETS = {"secret", "changeme", "change-me", "password", "development", "your-secret"}
SECRET_MIN_BYTES = 32
ADMIN_TOKEN_MIN_CHARS = 16
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")
HOST = re.compile(r"\*|(\*\.)?[\w-]+(\.[\w-]+)*")
OPENAI_URL = "https://api.openai.com/v1"


def user_database_url() -> str:
    """The default store: one SQLite file in the user's data folder."""
    return f"sqlite+aiosqlite:///{Path.home() / '.local/share/tokentape/tokentape.db'}"


class Settings(BaseSettings):
    """One field is one environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    openai_base_url: str | None = Field(
        None, description="Base URL of the upstream, ending in /v1; with a key alone: OpenAI's."
    )
    openai_api_key: SecretStr | None = Field(None, description="Key sent to the upstream.")
    default_model: str = Field("gpt-4", description="Model of a turn that names none.")
    allowed_models: str = Field(
        "", description="Comma-separated models that callers may name; empty: the upstream's list."
    )
    max_tokens_limit: int = Field(16_384, gt=0, description="Largest maxTokens a caller may ask.")
    max_message_chars: int = Field(32_000, gt=0, description="Longest message, in characters.")
    max_messages: int = Field(200, gt=0, description="Most messages in one request or context.")
    max_body_bytes: int = Field(1_000_000, gt=0, description="Largest request body, in bytes.")
    upstream_first_token_timeout_s: float = Field(
        30,
        gt=0,
        description="Longest time, in seconds, without a sign of work of the model's server before"
        " its first token; reasoning is one, comments and pings are no work.",
    )
    upstream_stall_timeout_s: float = Field(
        30,
        gt=0,
        description="Longest time, in seconds, without a sign of work after the first token.",
    )

    max_threads: int = Field(10_000, gt=0, description="Most threads of one user.")
    workflows_dir: Path | None = Field(
        None, description="Folder of own workflows, as YAML, beside the shipped ones."
    )
    embedding_model: str = Field(
        "text-embedding-3-small", description="Model that documents and questions are found by."
    )
    embedding_dimensions: int = Field(
        512, ge=0, le=4_096, description="Length of its vectors; 0 leaves it to the model."
    )
    retrieved_passages: int = Field(
        4, ge=0, le=50, description="Most passages that join a prompt; 0 turns retrieval off."
    )
    max_document_chars: int = Field(200_000, gt=0, description="Longest document, in characters.")
    max_documents: int = Field(
        1_000, gt=0, description="Most documents of an organisation, or of a user without one."
    )
    max_documents_per_user: int = Field(
        1_000, gt=0, description="Most documents of one user, also of those in an organisation."
    )

    database_url: str = Field(
        default_factory=user_database_url,
        description="URL of the SQL database for conversations, threads and documents.",
    )

    jwt_secret: SecretStr | None = Field(None, description="Key of HS256 tokens, 32 bytes or more.")
    jwt_public_key: str | None = Field(None, description="PEM key of RS256 or ES256 tokens.")
    admin_token: SecretStr | None = Field(
        None,
        description="Opens /admin/stats and the interface's admin tabs, 16 characters or more;"
        " unset: closed.",
    )
    ui_open: bool = Field(
        False, description="Opens the interface's admin tabs to everybody who reaches the page."
    )
    ui: bool = Field(True, description="`off` serves without the interface: the API alone.")
    ui_targets: str = Field(
        "",
        description="Comma-separated servers that the interface may make this one ask (Check,"
        " Compare, recording, Load on this server): `loopback`, addresses or networks, names such"
        " as api.example or *.api.example, `*` any, `none`; empty: none, in the demo `loopback`.",
    )
    ai_gateway_require_auth: bool = Field(
        False, description="Refuse /ai connections without token."
    )
    trusted_proxies: str = Field(
        "", description="Comma-separated addresses or networks whose X-Forwarded-For is believed."
    )
    cors_origins: str = Field(
        "",
        description="Comma-separated origins allowed to call; empty: localhost only; *: any, but"
        " not of the interface.",
    )
    allowed_hosts: str = Field(
        "",
        description="Comma-separated names that the server is called by, such as chat.example or"
        " *.chat.example; empty: localhost alone where it listens on loopback, else any; *: any."
        " Addresses always are.",
    )
    rate_limit_authenticated: str = Field(
        "100/15 minutes", description="Starts per user, or `off`."
    )
    rate_limit_anonymous: str = Field(
        "20/15 minutes", description="Starts per client address without a token, or `off`."
    )
    rate_limit_documents: str = Field(
        "1000/15 minutes", description="Documents that one user brings, or `off`."
    )

    runs_per_caller: int = Field(
        0,
        ge=0,
        description="Answers that run at once for one user, or one client address without a"
        " token; 0: as many as the limits of starts let begin.",
    )
    runs_max: int = Field(
        5_000, ge=0, description="Answers that run at once in all; 0: any number."
    )

    connections_max: int = Field(
        10_000, gt=0, description="Open connections; whoever comes then is turned away (503)."
    )
    request_timeout_s: float = Field(
        30,
        gt=0,
        description="Time that a request has to arrive, from the connection or its first byte to"
        " the end of its body; then the connection is closed.",
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0: a free one.")
    debug: str = Field("", description="`chat:streaming` logs the life of each stream.")
    mock_url: str | None = Field(
        None, description="Root URL of a mock-openai, whose scenarios the interface then offers."
    )
    mock_admin_token: SecretStr | None = Field(
        None, description="What that mock's admin routes want, if it was started with a token."
    )
    livekit_url: str | None = Field(None, description="LiveKit server; needs key and secret too.")
    livekit_api_key: str | None = Field(None, description="LiveKit API key.")
    livekit_api_secret: SecretStr | None = Field(None, description="LiveKit API secret.")

    run_grace_s: float = Field(30, ge=0, description="Life of a run that nobody views.")
    tape_ttl_s: float = Field(300, ge=0, description="Life of a tape after its terminal event.")
    tape_max_bytes: int = Field(
        64_000_000, gt=0, description="Largest tape; a longer answer fails."
    )
    tapes_max_bytes: int = Field(
        512_000_000,
        gt=0,
        description="All tapes together: the oldest ended ones go first, and where running ones"
        " take it all, the answer that would go over it fails.",
    )
    sse_heartbeat_s: float = Field(15, gt=0, description="Silence before an SSE heartbeat.")
    ping_interval_s: float = Field(10, gt=0, description="Time between Socket.IO pings.")
    ping_timeout_s: float = Field(5, gt=0, description="Wait for the answer to a Socket.IO ping.")
    send_timeout_s: float = Field(
        10, gt=0, description="Longest wait for a viewer's socket to take what was written."
    )
    viewer_queue_max: int = Field(
        64, gt=0, description="Most Socket.IO packets that wait for one client."
    )
    websocket_ping_s: float = Field(
        30, gt=0, description="Time between pings of a plain WebSocket; no answer in 20 s ends it."
    )
    websocket_compress_bytes: int = Field(
        1_024,
        ge=0,
        description="WebSocket messages of so many bytes are compressed where the client offers it"
        " (permessage-deflate); 0: none.",
    )
    retry_window_s: float = Field(
        15,
        ge=0,
        description="Time in which a start that socket.io-client's `retries` send again on the same"
        " connection is known; longer than their `ackTimeout`; 0: never.",
    )
    rooms_max: int = Field(
        10_000, gt=0, description="Most rooms of one namespace, remembered empty ones too."
    )
    room_members_max: int = Field(1_000, gt=0, description="Most people in one room.")
    rooms_per_connection: int = Field(50, gt=0, description="Rooms that a connection may be in.")
    room_events_per_s: float = Field(
        50,
        gt=0,
        description="What one connection may do in rooms in a second, and twice that at once; what"
        " a hundred people hear of counts twice.",
    )
    room_recent: int = Field(
        50, gt=0, le=200, description="Messages of a room that a newcomer is given."
    )
    room_messages_max_bytes: int = Field(
        64_000_000, gt=0, description="All remembered messages of rooms; the oldest go first."
    )
    room_empty_ttl_s: float = Field(
        300, ge=0, description="Time that an empty room's messages are remembered."
    )
    presence_grace_s: float = Field(
        5, ge=0, description="Time that somebody without any connection counts as present."
    )
    typing_timeout_s: float = Field(
        5, gt=0, description="Time after which somebody types no more who does not say so again."
    )
    room_queue_max: int = Field(
        1_024,
        gt=0,
        description="Packets waiting for one client: then nothing more is read from it, and as a"
        " member of a room it is dropped.",
    )
    shutdown_grace_s: float = Field(5, ge=0, description="Time that running runs get at SIGTERM.")

    @field_validator("rate_limit_authenticated", "rate_limit_anonymous", "rate_limit_documents")
    @classmethod
    def _known_rate(cls, value: str) -> str:
        rate_of(value)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _known_networks(cls, value: str) -> str:
        for part in listed(value):
            network_of(part)
        return value

    @field_validator("ui_targets")
    @classmethod
    def _known_targets(cls, value: str) -> str:
        for part in listed(value):
            if "/" in part:
                network_of(part)
            elif not HOST.fullmatch(part) and parsed(part) is None:
                raise ValueError(
                    f"write each as loopback, 10.0.0.0/8, api.example, *.api.example or *,"
                    f" not {part!r}"
                )
        return value

    @field_validator("cors_origins")
    @classmethod
    def _known_origins(cls, value: str) -> str:
        for part in listed(value):
            if part != "*" and not ORIGIN.fullmatch(part):
                raise ValueError(f"write each as https://chat.example, or *, not {part!r}")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _known_hosts(cls, value: str) -> str:
        for part in listed(value):
            if not HOST.fullmatch(part):
                raise ValueError(f"write each as chat.example, *.chat.example or *, not {part!r}")
        return value

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """ALLOWED_HOSTS, in lower case."""
        return listed(self.allowed_hosts.lower())

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """UI_TARGETS, one by one; nothing for `none`."""
        return tuple(each for each in listed(self.ui_targets) if each.lower() != "none")

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """CORS_ORIGINS, one by one."""
        return listed(self.cors_origins)

    @cached_property
    def models(self) -> tuple[str, ...]:
        """ALLOWED_MODELS, one by one."""
        return listed(self.allowed_models)

    @cached_property
    def proxies(self) -> tuple[Network, ...]:
        """TRUSTED_PROXIES as networks."""
        return tuple(network_of(part) for part in listed(self.trusted_proxies))

    @property
    def upstream_url(self) -> str:
        """OpenAI's own where none is set."""
        return self.openai_base_url or OPENAI_URL

    @property
    def log_streams(self) -> bool:
        """Whether DEBUG asks for the log of streams."""
        return "chat:streaming" in listed(self.debug)


def listed(value: str) -> tuple[str, ...]:
    """The non-empty parts of a comma-separated list."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def faults_of(settings: Settings) -> list[str]:
    """What forbids serving with these settings, each with the way to mend it; empty: nothing."""
    found = []
    if not settings.openai_base_url and not settings.openai_api_key:
        found.append(
            "There is no upstream: set OPENAI_API_KEY, or OPENAI_BASE_URL for another server"
            " (`tokentape demo` brings a mock of its own)."
        )
    secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else ""
    if not secret and not settings.jwt_public_key:
        found.append(
            f"There is no key for tokens: set JWT_SECRET to {SECRET_MIN_BYTES} random bytes or"
            " more (`openssl rand -hex 32`), or JWT_PUBLIC_KEY."
        )
    if secret and (len(secret.encode()) < SECRET_MIN_BYTES or secret.lower() in WEAK_SECRETS):
        found.append(
            f"JWT_SECRET is weak: set it to {SECRET_MIN_BYTES} random bytes or more"
            " (`openssl rand -hex 32`)."
        )
    if secret and len(set(secret)) < 8:
        found.append("JWT_SECRET repeats a few characters: make it with `openssl rand -hex 32`.")
    return found + admin_faults_of(settings)


def admin_faults_of(settings: Settings) -> list[str]:
    """The same of ADMIN_TOKEN alone, which a demo asks for too."""
    token = settings.admin_token.get_secret_value() if settings.admin_token else None
    if token is None:
        return []
    if len(token) < ADMIN_TOKEN_MIN_CHARS or token.lower() in WEAK_SECRETS or len(set(token)) < 8:
        return [
            f"ADMIN_TOKEN is weak: set it to {ADMIN_TOKEN_MIN_CHARS} random characters or more"
            " (`openssl rand -hex 16`), or leave it unset, which closes what it opens."
        ]
    return []
