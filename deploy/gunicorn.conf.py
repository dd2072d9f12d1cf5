"""Settings of the web processes, for one machine and for a cluster alike.

One worker process with threads: the counters of /metrics stay plain, and one scales by replicas.
"""

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
