"""Settings of the web processes, for one machine and for a cluster alike.

One worker process with threads: the counters of /metrics stay plain, and one scales by replicas.
"""

from __future__ import annotations

from typing import Any

from shared import log
from shared.config import SERVICES, Config

worker_class = "gthread"
workers = 1
threads = 16
# Nothing that was opened before the fork works in the child: connections, threads.
preload_app = False
# Two services of one user would take each other's control socket.
control_socket_disable = True
# With threads this limit is of a whole worker that hangs; a request's own limit is in the code.
timeout = 60
graceful_timeout = 10
keepalive = 5


def post_fork(_server: object, worker: Any) -> None:
    """Write the logs of this process as JSON lines, named after the service that it serves."""
    service = worker.app.app_uri.split(".")[1]
    if service in SERVICES:
        log.configure(service, Config.from_env(service).log_level)
