import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from depot.app import create_app
from depot.config import Config
from depot.core import migrate
from jobs.runner import JOBS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_process_reports_its_jobs_and_stops_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    settings = {
        "DEPOT_SECRET_KEY": "t" * 32,
        "DEPOT_DEMO": "1",
        "DEPOT_DATABASE_URL": f"sqlite:///{tmp_path}/depot.db",
        "DEPOT_OBJECTS_URL": f"file:{tmp_path}/objects",
        "DEPOT_MAIL_URL": f"maildir:{tmp_path}/mail",
        "DEPOT_SEAL_FOLDER": f"{tmp_path}/seal",
        "DEPOT_CLAMD": "off",
    }
    migrate.upgrade(create_app(Config.from_env(settings)).extensions["depot.engine"])
    with subprocess.Popen(
        [Path(sys.executable).with_name("depot"), "jobs"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{len(JOBS)} jobs are running\n"
            process.send_signal(stop)
            _said, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")
    engine = create_engine(settings["DEPOT_DATABASE_URL"])
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM job_schedules")) == len(JOBS)
    engine.dispose()
