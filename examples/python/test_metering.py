from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from metering import report_usage


def report(sandbox, quantity):
    [product, *_] = sandbox.products
    [buyer, *_] = sandbox.buyers
    return report_usage(
        sandbox.client(),
        product["code"],
        buyer["awsAccountId"],
        product["dimensions"][0],
        quantity,
        sandbox.now - timedelta(hours=1),
    )


def test_usage_is_metered_once_however_often_it_is_sent(sandbox):
    first = report(sandbox, 12)
    assert report(sandbox, 12) == first
    assert [record["quantity"] for record in sandbox.records()] == [12]


def test_usage_is_not_changed_afterwards(sandbox):
    report(sandbox, 12)
    with pytest.raises(RuntimeError, match="DuplicateRecord"):
        report(sandbox, 13)


def test_usage_comes_too_late_after_six_hours(sandbox):
    sandbox.advance(hours=6)
    with pytest.raises(ClientError, match="TimestampOutOfBoundsException"):
        report(sandbox, 12)
