import java.time.Instant;
import software.amazon.awssdk.services.marketplacemetering.MarketplaceMeteringClient;
import software.amazon.awssdk.services.marketplacemetering.model.BatchMeterUsageResponse;
import software.amazon.awssdk.services.marketplacemetering.model.UsageRecord;
import software.amazon.awssdk.services.marketplacemetering.model.UsageRecordResult;
import software.amazon.awssdk.services.marketplacemetering.model.UsageRecordResultStatus;

/** What a seller's service does once an hour: tells the marketplace what a customer used. */
public final class Metering {
    private Metering() {}

    /** What one customer used in one hour. */
    public record Usage(String productCode, String account, String dimension, int quantity, Instant hour) {}

    /** Returns the metering record's id. */
    public static String report(MarketplaceMeteringClient client, Usage usage) {
        UsageRecord record = UsageRecord.builder()
                .timestamp(usage.hour())
                .customerAWSAccountId(usage.account())
                .dimension(usage.dimension())
                .quantity(usage.quantity())
                .build();
        BatchMeterUsageResponse answer = client.batchMeterUsage(request ->
                request.productCode(usage.productCode()).usageRecords(record));
        if (!answer.unprocessedRecords().isEmpty()) {
            throw new IllegalStateException("AWS could not take the record now: send it again");
        }
        UsageRecordResult result = answer.results().get(0);
        if (result.status() != UsageRecordResultStatus.SUCCESS) {
            throw new IllegalStateException(
                    "The usage of " + usage.hour() + " was not metered: " + result.statusAsString());
        }
        return result.meteringRecordId();
    }
}
