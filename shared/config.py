"""The only reader of the environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from environs import Env, EnvError

from shared.errors import ConfigError

SERVICES = ("catalog", "matching", "rounds", "notifications", "portal")


@dataclass(frozen=True, kw_only=True)
class KafkaSecurity:
    """How to reach a secured Kafka; the defaults are a plain local broker."""

    protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that differs between two installations.

    `mongo_url` and `bus_url` are the two addresses that turn the embedded system into a distributed
    one: `bus_url` is `embedded:///absolute/folder` or `kafka://host:port,host:port`.
    """

    service: str
    mongo_url: str
    bus_url: str
    portal_url: str
    jwks_url: str
    service_urls: dict[str, str]
    database_prefix: str = ""
    kafka: KafkaSecurity = KafkaSecurity()
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "Encadena <no-responder@localhost>"
    log_level: str = "INFO"

    @property
    def database(self) -> str:
        """Name of the service's own database."""
        return self.database_prefix + self.service

    @classmethod
    def from_env(cls, service: str) -> Self:
        """Read the configuration of one service from `ENCADENA_*` variables.

        Raises ConfigError, which names the variable and what it should hold.
        """
        env = Env(prefix="ENCADENA_")
        try:
            portal_url = env.str("PORTAL_URL").rstrip("/")
            return cls(
                service=service,
                mongo_url=env.str("MONGO_URL"),
                bus_url=env.str("BUS_URL"),
                portal_url=portal_url,
                jwks_url=env.str("JWKS_URL", f"{portal_url}/.well-known/jwks.json"),
                service_urls={name: env.str(f"{name.upper()}_URL", "").rstrip("/") for name in SERVICES},
                database_prefix=env.str("DATABASE_PREFIX", ""),
                kafka=KafkaSecurity(
                    protocol=env.str("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"),
                    mechanism=env.str("KAFKA_SASL_MECHANISM", None),
                    username=env.str("KAFKA_USERNAME", None),
                    password=env.str("KAFKA_PASSWORD", None),
                    ca_file=env.str("KAFKA_CA_FILE", None),
                ),
                smtp_url=env.str("SMTP_URL", "smtp://127.0.0.1:25"),
                mail_from=env.str("MAIL_FROM", "Encadena <no-responder@localhost>"),
                log_level=env.str("LOG_LEVEL", "INFO").upper(),
            )
        except EnvError as error:
            raise ConfigError(f"{error}. Set it in the environment; see README.md.") from error
