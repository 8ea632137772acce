import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.json.JSONArray;
import org.json.JSONObject;
import software.amazon.awssdk.services.marketplaceentitlement.MarketplaceEntitlementClient;
import software.amazon.awssdk.services.marketplaceentitlement.model.Entitlement;
import software.amazon.awssdk.services.marketplaceentitlement.model.EntitlementValue;
import software.amazon.awssdk.services.marketplaceentitlement.model.GetEntitlementsRequest;
import software.amazon.awssdk.services.marketplaceentitlement.model.GetEntitlementsResponse;

/** GetEntitlements, by the SDK's client for the Entitlement Service and its own way through pages. */
final class Entitlements {
    private Entitlements() {}

    static JSONObject answerOf(JSONObject script, JSONObject step) {
        try (MarketplaceEntitlementClient client =
                Main.at(MarketplaceEntitlementClient.builder(), script, step).build()) {
            JSONArray found = new JSONArray();
            int pages = 0;
            String requestId = null;
            for (GetEntitlementsResponse page :
                    client.getEntitlementsPaginator(requestOf(step.getJSONObject("request")))) {
                pages++;
                requestId = page.responseMetadata().requestId();
                page.entitlements().forEach(one -> found.put(shown(one)));
            }
            JSONObject answer = new JSONObject().put("Entitlements", found).put("pages", pages);
            return new JSONObject().put("requestId", requestId).put("answer", answer);
        }
    }

    private static GetEntitlementsRequest requestOf(JSONObject request) {
        GetEntitlementsRequest.Builder builder =
                GetEntitlementsRequest.builder().productCode(request.getString("ProductCode"));
        if (request.has("MaxResults")) {
            builder.maxResults(request.getInt("MaxResults"));
        }
        if (request.has("Filter")) {
            // By text, for it knows fewer names than there are.
            builder.filterWithStrings(filterOf(request.getJSONObject("Filter")));
        }
        return builder.build();
    }

    private static Map<String, List<String>> filterOf(JSONObject filter) {
        Map<String, List<String>> members = new HashMap<>();
        for (String name : filter.keySet()) {
            List<Object> values = filter.getJSONArray(name).toList();
            members.put(name, values.stream().map(String::valueOf).collect(Collectors.toList()));
        }
        return members;
    }

    /** Without the license, which this version of the SDK does not know. */
    private static JSONObject shown(Entitlement one) {
        Instant date = one.expirationDate();
        return new JSONObject()
                .put("ProductCode", one.productCode())
                .put("Dimension", one.dimension())
                .put("CustomerIdentifier", one.customerIdentifier())
                .put("CustomerAWSAccountId", one.customerAWSAccountId())
                .put("Value", shown(one.value()))
                .put("ExpirationDateMs", date == null ? null : date.toEpochMilli());
    }

    private static JSONObject shown(EntitlementValue value) {
        return new JSONObject()
                .put("IntegerValue", value.integerValue())
                .put("DoubleValue", value.doubleValue())
                .put("BooleanValue", value.booleanValue())
                .put("StringValue", value.stringValue());
    }
}
