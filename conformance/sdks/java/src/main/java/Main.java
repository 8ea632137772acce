import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONObject;
import org.json.JSONTokener;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.marketplacemetering.MarketplaceMeteringClient;
import software.amazon.awssdk.services.marketplacemetering.model.BatchMeterUsageRequest;
import software.amazon.awssdk.services.marketplacemetering.model.BatchMeterUsageResponse;
import software.amazon.awssdk.services.marketplacemetering.model.MeterUsageRequest;
import software.amazon.awssdk.services.marketplacemetering.model.MeterUsageResponse;
import software.amazon.awssdk.services.marketplacemetering.model.RegisterUsageResponse;
import software.amazon.awssdk.services.marketplacemetering.model.ResolveCustomerResponse;
import software.amazon.awssdk.services.marketplacemetering.model.Tag;
import software.amazon.awssdk.services.marketplacemetering.model.UsageAllocation;
import software.amazon.awssdk.services.marketplacemetering.model.UsageRecord;
import software.amazon.awssdk.services.marketplacemetering.model.UsageRecordResult;

/**
 * Drives a metering service with the unmodified AWS SDK for Java v2.
 * Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        JSONObject script = new JSONObject(new JSONTokener(System.in));
        for (Object item : script.getJSONArray("steps")) {
            JSONObject step = (JSONObject) item;
            JSONObject answer = step.getJSONObject("request").toString().contains("\"LicenseArn\"")
                    // The newest version of this SDK that we could get is older than the member.
                    ? new JSONObject().put("unsupported", "LicenseArn")
                    : answerOf(script, step);
            System.out.println(answer.put("step", step.getString("name")));
        }
    }

    private static JSONObject answerOf(JSONObject script, JSONObject step) {
        try {
            return step.getString("operation").equals("GetEntitlements")
                    ? Entitlements.answerOf(script, step)
                    : meteringAnswerOf(script, step);
        } catch (AwsServiceException error) {
            JSONObject details = new JSONObject()
                    .put("code", error.awsErrorDetails().errorCode())
                    .put("class", error.getClass().getSimpleName())
                    .put("message", error.awsErrorDetails().errorMessage());
            return new JSONObject().put("requestId", error.requestId()).put("error", details);
        } catch (SdkClientException error) {
            String name = error.getClass().getSimpleName();
            JSONObject details =
                    new JSONObject().put("code", name).put("class", name).put("message", error.getMessage());
            return new JSONObject().put("error", details);
        }
    }

    private static JSONObject meteringAnswerOf(JSONObject script, JSONObject step) {
        try (MarketplaceMeteringClient client = at(MarketplaceMeteringClient.builder(), script, step).build()) {
            JSONObject request = step.getJSONObject("request");
            switch (step.getString("operation")) {
                case "ResolveCustomer":
                    return answerOf(client.resolveCustomer(
                            one -> one.registrationToken(request.getString("RegistrationToken"))));
                case "MeterUsage":
                    return answerOf(client.meterUsage(reportOf(request)));
                case "RegisterUsage":
                    return answerOf(
                            client.registerUsage(one -> one.productCode(request.getString("ProductCode"))
                                    .publicKeyVersion(request.getInt("PublicKeyVersion"))
                                    .nonce(request.optString("Nonce", null))),
                            step.getString("publicKey"));
                default:
                    return answerOf(client.batchMeterUsage(requestOf(request)));
            }
        }
    }

    /** A client's builder, of whichever service: for the step's endpoint and key, or for what the environment says. */
    static <B extends AwsSyncClientBuilder<B, ?> & AwsClientBuilder<B, ?>> B at(
            B builder, JSONObject script, JSONObject step) {
        builder.httpClientBuilder(ApacheHttpClient.builder());
        if (script.optString("from").equals("environment")) {
            return builder;
        }
        return builder.region(Region.of(script.getString("region")))
                .endpointOverride(URI.create(step.getString("endpoint")))
                .credentialsProvider(
                        StaticCredentialsProvider.create(credentialsOf(step.getJSONObject("credentials"))));
    }

    private static AwsCredentials credentialsOf(JSONObject key) {
        String id = key.getString("accessKeyId");
        String secret = key.getString("secretAccessKey");
        return key.has("sessionToken")
                ? AwsSessionCredentials.create(id, secret, key.getString("sessionToken"))
                : AwsBasicCredentials.create(id, secret);
    }

    private static BatchMeterUsageRequest requestOf(JSONObject request) {
        List<UsageRecord> records = new ArrayList<>();
        for (Object item : request.getJSONArray("UsageRecords")) {
            records.add(recordOf((JSONObject) item));
        }
        return BatchMeterUsageRequest.builder()
                .productCode(request.optString("ProductCode", null))
                .usageRecords(records)
                .build();
    }

    private static UsageRecord recordOf(JSONObject record) {
        UsageRecord.Builder builder = UsageRecord.builder()
                .timestamp(Instant.ofEpochMilli(record.getLong("TimestampMs")))
                .dimension(record.getString("Dimension"))
                .quantity(record.getInt("Quantity"))
                .customerIdentifier(record.optString("CustomerIdentifier", null))
                .customerAWSAccountId(record.optString("CustomerAWSAccountId", null));
        if (record.has("UsageAllocations")) {
            builder.usageAllocations(allocationsOf(record.getJSONArray("UsageAllocations")));
        }
        return builder.build();
    }

    private static List<UsageAllocation> allocationsOf(JSONArray allocations) {
        List<UsageAllocation> list = new ArrayList<>();
        for (Object item : allocations) {
            JSONObject allocation = (JSONObject) item;
            UsageAllocation.Builder builder = UsageAllocation.builder()
                    .allocatedUsageQuantity(allocation.getInt("AllocatedUsageQuantity"));
            if (allocation.has("Tags")) {
                builder.tags(tagsOf(allocation.getJSONArray("Tags")));
            }
            list.add(builder.build());
        }
        return list;
    }

    private static List<Tag> tagsOf(JSONArray tags) {
        List<Tag> list = new ArrayList<>();
        for (Object item : tags) {
            JSONObject tag = (JSONObject) item;
            list.add(Tag.builder().key(tag.getString("Key")).value(tag.getString("Value")).build());
        }
        return list;
    }

    private static MeterUsageRequest reportOf(JSONObject request) {
        MeterUsageRequest.Builder builder = MeterUsageRequest.builder()
                .productCode(request.getString("ProductCode"))
                .timestamp(Instant.ofEpochMilli(request.getLong("TimestampMs")))
                .usageDimension(request.getString("UsageDimension"))
                .usageQuantity(request.getInt("UsageQuantity"))
                .clientToken(request.optString("ClientToken", null));
        if (request.has("DryRun")) {
            builder.dryRun(request.getBoolean("DryRun"));
        }
        if (request.has("UsageAllocations")) {
            builder.usageAllocations(allocationsOf(request.getJSONArray("UsageAllocations")));
        }
        return builder.build();
    }

    private static JSONObject answerOf(MeterUsageResponse response) {
        return new JSONObject()
                .put("requestId", response.responseMetadata().requestId())
                .put("answer", new JSONObject().put("MeteringRecordId", response.meteringRecordId()));
    }

    private static JSONObject answerOf(RegisterUsageResponse response, String publicKey) {
        Instant rotation = response.publicKeyRotationTimestamp();
        JSONObject answer = new JSONObject()
                .put("Signature", response.signature())
                .put("PublicKeyRotationTimestampMs", rotation == null ? null : rotation.toEpochMilli());
        return new JSONObject()
                .put("requestId", response.responseMetadata().requestId())
                .put("answer", answer)
                .put("verified", Token.isSignedBy(publicKey, response.signature()));
    }

    /** Without the license, which this version of the SDK does not know. */
    private static JSONObject answerOf(ResolveCustomerResponse response) {
        JSONObject answer = new JSONObject()
                .put("CustomerIdentifier", response.customerIdentifier())
                .put("ProductCode", response.productCode())
                .put("CustomerAWSAccountId", response.customerAWSAccountId());
        return new JSONObject()
                .put("requestId", response.responseMetadata().requestId())
                .put("answer", answer);
    }

    private static JSONObject answerOf(BatchMeterUsageResponse response) {
        JSONArray results = new JSONArray();
        for (UsageRecordResult result : response.results()) {
            UsageRecord record = result.usageRecord();
            results.put(new JSONObject()
                    .put("status", result.statusAsString())
                    .put("id", result.meteringRecordId())
                    .put("dimension", record.dimension())
                    .put("quantity", record.quantity())
                    .put("timestampMs", record.timestamp().toEpochMilli()));
        }
        return new JSONObject()
                .put("requestId", response.responseMetadata().requestId())
                .put("results", results)
                .put("unprocessed", response.unprocessedRecords().size());
    }
}
