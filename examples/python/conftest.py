import json
import subprocess
import urllib.request

import boto3
import pytest

COMMAND = ["node_modules/.bin/marketmeter", "sandbox", "--json", "--port", "0"]


class Sandbox:
    """The sandbox that runs, by its line of JSON."""

    def __init__(self, ready):
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


@pytest.fixture(scope="session")
def started_sandbox():
    arguments = [*COMMAND, "--now", "2026-11-23T12:00:00Z"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        assert line, "the sandbox did not start; what it says is above"
        yield Sandbox(json.loads(line))
        process.terminate()


@pytest.fixture
def sandbox(started_sandbox):
    """As it began, for each test."""
    started_sandbox.reset()
    return started_sandbox
