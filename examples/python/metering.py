"""What a seller's service does once an hour: tells the marketplace what a customer used."""


def report_usage(client, product_code, account, dimension, quantity, hour):
    """Returns the metering record's id."""
    answer = client.batch_meter_usage(
        ProductCode=product_code,
        UsageRecords=[
            {
                "Timestamp": hour,
                "CustomerAWSAccountId": account,
                "Dimension": dimension,
                "Quantity": quantity,
            }
        ],
    )
    if answer["UnprocessedRecords"]:
        raise RuntimeError("AWS could not take the record now: send it again")
    [result] = answer["Results"]
    if result["Status"] != "Success":
        raise RuntimeError(f"The usage of {hour} was not metered: {result['Status']}")
    return result["MeteringRecordId"]
