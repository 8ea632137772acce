// Drives a metering service with the unmodified AWS SDK for .NET v4.
// Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
// Written with care and never run: no machine of ours has had dotnet so far.
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon;
using Amazon.AWSMarketplaceMetering;
using Amazon.AWSMarketplaceMetering.Model;
using Amazon.Runtime;

var script = JsonNode.Parse(Console.In.ReadToEnd())!;
foreach (var step in script["steps"]!.AsArray())
{
    var answer = await AnswerOf(script, step!);
    answer["step"] = (string)step!["name"]!;
    Console.WriteLine(answer.ToJsonString());
}

static async Task<JsonObject> AnswerOf(JsonNode script, JsonNode step)
{
    var operation = (string)step["operation"]!;
    if (operation is not ("BatchMeterUsage" or "ResolveCustomer"))
    {
        return new JsonObject { ["unsupported"] = operation };
    }
    try
    {
        using var client = ClientOf(script, step);
        return operation == "ResolveCustomer"
            ? CustomerOf(await client.ResolveCustomerAsync(new ResolveCustomerRequest
            {
                RegistrationToken = (string)step["request"]!["RegistrationToken"]!,
            }))
            : ResultsOf(await client.BatchMeterUsageAsync(RequestOf(step["request"]!)));
    }
    catch (AmazonAWSMarketplaceMeteringException error)
    {
        return new JsonObject
        {
            ["requestId"] = error.RequestId,
            ["error"] = new JsonObject
            {
                ["code"] = error.ErrorCode,
                ["class"] = error.GetType().Name,
                ["message"] = error.Message,
            },
        };
    }
    catch (Exception error) when (error is AmazonClientException or AmazonServiceException or HttpRequestException)
    {
        var name = error.GetType().Name;
        return new JsonObject
        {
            ["error"] = new JsonObject { ["code"] = name, ["class"] = name, ["message"] = error.Message },
        };
    }
}

static AmazonAWSMarketplaceMeteringClient ClientOf(JsonNode script, JsonNode step) =>
    (string?)script["from"] == "environment"
        ? new AmazonAWSMarketplaceMeteringClient()
        : new AmazonAWSMarketplaceMeteringClient(
            CredentialsOf(step["credentials"]!),
            new AmazonAWSMarketplaceMeteringConfig
            {
                ServiceURL = (string)step["endpoint"]!,
                AuthenticationRegion = (string)script["region"]!,
            });

static AWSCredentials CredentialsOf(JsonNode key)
{
    var id = (string)key["accessKeyId"]!;
    var secret = (string)key["secretAccessKey"]!;
    var token = (string?)key["sessionToken"];
    return token is null
        ? new BasicAWSCredentials(id, secret)
        : new SessionAWSCredentials(id, secret, token);
}

static BatchMeterUsageRequest RequestOf(JsonNode request) => new()
{
    ProductCode = (string?)request["ProductCode"],
    UsageRecords = request["UsageRecords"]!.AsArray().Select(record => RecordOf(record!)).ToList(),
};

static UsageRecord RecordOf(JsonNode record) => new()
{
    Timestamp = DateTimeOffset.FromUnixTimeMilliseconds((long)record["TimestampMs"]!).UtcDateTime,
    Dimension = (string)record["Dimension"]!,
    Quantity = (int)record["Quantity"]!,
    CustomerIdentifier = (string?)record["CustomerIdentifier"],
    CustomerAWSAccountId = (string?)record["CustomerAWSAccountId"],
    LicenseArn = (string?)record["LicenseArn"],
    UsageAllocations = record["UsageAllocations"]?.AsArray().Select(one => AllocationOf(one!)).ToList(),
};

static UsageAllocation AllocationOf(JsonNode allocation) => new()
{
    AllocatedUsageQuantity = (int)allocation["AllocatedUsageQuantity"]!,
    Tags = allocation["Tags"]?.AsArray()
        .Select(tag => new Tag { Key = (string)tag!["Key"]!, Value = (string)tag["Value"]! })
        .ToList(),
};

static JsonObject CustomerOf(ResolveCustomerResponse response) => new()
{
    ["requestId"] = response.ResponseMetadata.RequestId,
    ["answer"] = new JsonObject
    {
        ["CustomerIdentifier"] = response.CustomerIdentifier,
        ["ProductCode"] = response.ProductCode,
        ["CustomerAWSAccountId"] = response.CustomerAWSAccountId,
        ["LicenseArn"] = response.LicenseArn,
    },
};

static JsonObject ResultsOf(BatchMeterUsageResponse response) => new()
{
    ["requestId"] = response.ResponseMetadata.RequestId,
    ["results"] = new JsonArray((response.Results ?? []).Select(result => (JsonNode)new JsonObject
    {
        ["status"] = result.Status.Value,
        ["id"] = result.MeteringRecordId,
        ["dimension"] = result.UsageRecord.Dimension,
        ["quantity"] = result.UsageRecord.Quantity,
        ["timestampMs"] = new DateTimeOffset(result.UsageRecord.Timestamp!.Value.ToUniversalTime()).ToUnixTimeMilliseconds(),
    }).ToArray()),
    ["unprocessed"] = response.UnprocessedRecords?.Count ?? 0,
};
