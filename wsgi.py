"""What a web server runs: `gunicorn wsgi:app`."""

from depot.app import create_app
from depot.config import Config
from depot.core import collector

app = create_app(Config.from_env())
collector.settle()
