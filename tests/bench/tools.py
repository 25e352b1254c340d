"""Programs that are measured against, and what they do when they are not there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.site import running
from tests.services import free_port


class Missing(Exception):
    """A program that a figure needs is not installed; the message says how to get it."""


def program(name: str, package: str) -> str:
    """Where a program is."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise Missing(f"{name} is missing. Run: sudo apt-get install {package}")
    return found


NGINX = """
daemon off;
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen {address}; root {root}; }}
}}
"""


@contextmanager
def nginx(root: Path, workers: int) -> Iterator[str]:
    """nginx that serves a folder; gives its address."""
    command, folder, address = program("nginx", "nginx"), root.parent / "nginx", f"127.0.0.1:{free_port()}"
    folder.mkdir(exist_ok=True)
    settings = {"folder": folder, "root": root, "address": address, "workers": workers}
    user = "user root;" if os.geteuid() == 0 else ""  # the folder is its owner's alone
    (folder / "nginx.conf").write_text(NGINX.format(user=user, **settings))
    with running([command, "-c", str(folder / "nginx.conf"), "-e", "stderr"], {}) as server:
        server.says("start worker processes")
        yield address
