"""Drives a metering service with the unmodified AWS SDK for Python (boto3).

Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
"""

import json
import sys
from datetime import datetime, timezone

import boto3
from botocore.exceptions import ClientError


def main():
    script = json.load(sys.stdin)
    for step in script["steps"]:
        answer = answer_of(script["region"], step)
        print(json.dumps({"step": step["name"], **answer}), flush=True)


def answer_of(region, step):
    credentials = step["credentials"]
    client = boto3.client(
        "meteringmarketplace",
        region_name=region,
        endpoint_url=step["endpoint"],
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials.get("sessionToken"),
    )
    try:
        if step["operation"] == "ResolveCustomer":
            return resolve(client, step["request"])
        return meter(client, step["request"])
    except ClientError as error:
        return {
            "requestId": error.response["ResponseMetadata"].get("RequestId"),
            "error": {
                "code": error.response["Error"]["Code"],
                "class": type(error).__name__,
                "message": error.response["Error"]["Message"],
            },
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
        "timestampMs": round(record["Timestamp"].timestamp() * 1000),
    }


main()
