import json
import subprocess
import threading
import urllib.request
from datetime import datetime, timedelta, timezone

import boto3
import pytest

COMMAND = ["node_modules/.bin/marketmeter", "sandbox", "--json", "--port", "0"]
START_SECONDS_MAX = 30
NOON = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)


class Sandbox:
    """The sandbox that runs, by its line of JSON, and the time at which its clock stands."""

    def __init__(self, ready, now):
        self.now = now
        self.products = ready["products"]
        self.buyers = ready["buyers"]
        self._url = ready["url"]
        self._client_settings = {
            "endpoint_url": ready["endpoint"],
            "region_name": ready["region"],
            "aws_access_key_id": ready["accessKeyId"],
            "aws_secret_access_key": ready["secretAccessKey"],
        }

    def client(self):
        return boto3.client("meteringmarketplace", **self._client_settings)

    def reset(self):
        self._ask("POST", "/reset")

    def advance(self, **span):
        self._ask("POST", "/clock/advance", span)

    def records(self):
        return self._ask("GET", "/records")["records"]

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@pytest.fixture(scope="session", params=[-91, 91], ids="{:+d} days".format)
def started_sandbox(request):
    """Three months away, before and after: boto3 signs by the machine's clock all the same."""
    now = NOON + timedelta(days=request.param)
    arguments = [*COMMAND, "--now", now.isoformat()]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sandbox(ready_line(process), now)
        finally:
            process.terminate()


def ready_line(process):
    limit = threading.Timer(START_SECONDS_MAX, process.kill)
    limit.start()
    line = process.stdout.readline()
    limit.cancel()
    assert line, "the sandbox did not start; what it says is above"
    return json.loads(line)


@pytest.fixture
def sandbox(started_sandbox):
    """As it began, for each test."""
    started_sandbox.reset()
    return started_sandbox
