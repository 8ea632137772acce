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
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.marketplacemetering.MarketplaceMeteringClient;
import software.amazon.awssdk.services.marketplacemetering.model.BatchMeterUsageRequest;
import software.amazon.awssdk.services.marketplacemetering.model.BatchMeterUsageResponse;
import software.amazon.awssdk.services.marketplacemetering.model.MarketplaceMeteringException;
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
                    : answerOf(script.getString("region"), step);
            System.out.println(answer.put("step", step.getString("name")));
        }
    }

    private static JSONObject answerOf(String region, JSONObject step) {
        try (MarketplaceMeteringClient client = MarketplaceMeteringClient.builder()
                .httpClientBuilder(ApacheHttpClient.builder())
                .region(Region.of(region))
                .endpointOverride(URI.create(step.getString("endpoint")))
                .credentialsProvider(StaticCredentialsProvider.create(credentialsOf(step.getJSONObject("credentials"))))
                .build()) {
            JSONObject request = step.getJSONObject("request");
            return step.getString("operation").equals("ResolveCustomer")
                    ? answerOf(client.resolveCustomer(
                            one -> one.registrationToken(request.getString("RegistrationToken"))))
                    : answerOf(client.batchMeterUsage(requestOf(request)));
        } catch (MarketplaceMeteringException error) {
            JSONObject details = new JSONObject()
                    .put("code", error.awsErrorDetails().errorCode())
                    .put("class", error.getClass().getSimpleName())
                    .put("message", error.awsErrorDetails().errorMessage());
            return new JSONObject().put("requestId", error.requestId()).put("error", details);
        }
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
