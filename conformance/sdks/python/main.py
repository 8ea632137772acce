"""Drives a metering service with the unmodified AWS SDK for Python (boto3).

Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
"""

import json
import sys
from datetime import datetime, timezone

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def main():
    script = json.load(sys.stdin)
    for step in script["steps"]:
        answer = answer_of(script, step)
        print(json.dumps({"step": step["name"], **answer}), flush=True)


def answer_of(script, step):
    operation = step["operation"]
    is_entitlement = operation == "GetEntitlements"
    service = "marketplace-entitlement" if is_entitlement else "meteringmarketplace"
    try:
        client = boto3.client(service, **settings_of(script, step))
        return OPERATIONS[operation](client, step["request"])
    except ClientError as error:
        return {
            "requestId": error.response["ResponseMetadata"].get("RequestId"),
            "error": {
                "code": error.response["Error"]["Code"],
                "class": type(error).__name__,
                "message": error.response["Error"]["Message"],
            },
        }
    except BotoCoreError as error:
        name = type(error).__name__
        return {"error": {"code": name, "class": name, "message": str(error)}}


def settings_of(script, step):
    if script.get("from") == "environment":
        return {}
    credentials = step["credentials"]
    return {
        "region_name": script["region"],
        "endpoint_url": step["endpoint"],
        "aws_access_key_id": credentials["accessKeyId"],
        "aws_secret_access_key": credentials["secretAccessKey"],
        "aws_session_token": credentials.get("sessionToken"),
    }


def resolve(client, request):
    output = client.resolve_customer(**request)
    metadata = output.pop("ResponseMetadata")
    return {"requestId": metadata["RequestId"], "answer": output}


def meter(client, request):
    members = dict(request)
    members["UsageRecords"] = [record_of(record) for record in request["UsageRecords"]]
    output = client.batch_meter_usage(**members)
    return {
        "requestId": output["ResponseMetadata"]["RequestId"],
        "results": [result_of(result) for result in output["Results"]],
        "unprocessed": len(output["UnprocessedRecords"]),
    }


def report(client, request):
    output = client.meter_usage(**record_of(request))
    metadata = output.pop("ResponseMetadata")
    return {"requestId": metadata["RequestId"], "answer": output}


def register(client, request):
    """Python itself cannot verify RSA; who compares does it."""
    output = client.register_usage(**request)
    rotation = output.get("PublicKeyRotationTimestamp")
    return {
        "requestId": output["ResponseMetadata"]["RequestId"],
        "answer": {
            "Signature": output["Signature"],
            "PublicKeyRotationTimestampMs": rotation and milliseconds(rotation),
        },
    }


def entitlements(client, request):
    members = dict(request)
    page_size = members.pop("MaxResults", None)
    paging = {"PaginationConfig": {"PageSize": page_size}} if page_size else {}
    pages = list(client.get_paginator("get_entitlements").paginate(**members, **paging))
    found = [one for page in pages for one in page.get("Entitlements", [])]
    return {
        "requestId": pages[-1]["ResponseMetadata"]["RequestId"],
        "answer": {"Entitlements": [entitlement_of(one) for one in found], "pages": len(pages)},
    }


def entitlement_of(entitlement):
    members = dict(entitlement)
    date = members.pop("ExpirationDate", None)
    return {**members, "ExpirationDateMs": date and milliseconds(date)}


def milliseconds(instant):
    return round(instant.timestamp() * 1000)


def record_of(record):
    members = dict(record)
    seconds = members.pop("TimestampMs") / 1000
    members["Timestamp"] = datetime.fromtimestamp(seconds, timezone.utc)
    return members


def result_of(result):
    record = result["UsageRecord"]
    return {
        "status": result["Status"],
        "id": result.get("MeteringRecordId"),
        "dimension": record["Dimension"],
        "quantity": record["Quantity"],
        "timestampMs": milliseconds(record["Timestamp"]),
    }


OPERATIONS = {
    "BatchMeterUsage": meter,
    "ResolveCustomer": resolve,
    "MeterUsage": report,
    "RegisterUsage": register,
    "GetEntitlements": entitlements,
}

main()
