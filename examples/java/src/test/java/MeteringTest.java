import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.json.JSONObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.marketplacemetering.MarketplaceMeteringClient;

class MeteringTest {
    private static final Instant HOUR = Instant.parse("2026-11-23T11:00:00Z");
    private static final Duration START_MAX = Duration.ofSeconds(30);

    private static Process process;
    /** The line with which the sandbox says that it is ready. */
    private static JSONObject sandbox;
    private static MarketplaceMeteringClient client;

    @BeforeAll
    static void start() throws Exception {
        process = new ProcessBuilder(
                        "node_modules/.bin/marketmeter",
                        "sandbox", "--json", "--port", "0", "--now", "2026-11-23T12:00:00Z")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = assertTimeoutPreemptively(START_MAX, output::readLine);
        assertNotNull(line, "the sandbox did not start; what it says is above");
        sandbox = new JSONObject(line);
        client = MarketplaceMeteringClient.builder()
                .endpointOverride(URI.create(sandbox.getString("endpoint")))
                .region(Region.of(sandbox.getString("region")))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(
                        sandbox.getString("accessKeyId"), sandbox.getString("secretAccessKey"))))
                .build();
    }

    @AfterAll
    static void stop() {
        if (process != null) {
            process.destroy();
        }
    }

    @BeforeEach
    void reset() throws Exception {
        tell("/reset", "{}");
    }

    @Test
    void usageIsMeteredOnceHoweverOftenItIsSent() {
        assertEquals(report(12), report(12));
    }

    @Test
    void usageIsNotChangedAfterwards() {
        report(12);
        Exception refusal = assertThrows(IllegalStateException.class, () -> report(13));
        assertTrue(refusal.getMessage().contains("DuplicateRecord"));
    }

    @Test
    void usageComesTooLateAfterSixHours() throws Exception {
        tell("/clock/advance", "{\"hours\": 6}");
        AwsServiceException refusal = assertThrows(AwsServiceException.class, () -> report(12));
        assertEquals("TimestampOutOfBoundsException", refusal.awsErrorDetails().errorCode());
    }

    private static String report(int quantity) {
        JSONObject product = sandbox.getJSONArray("products").getJSONObject(0);
        JSONObject buyer = sandbox.getJSONArray("buyers").getJSONObject(0);
        return Metering.report(client, new Metering.Usage(
                product.getString("code"),
                buyer.getString("awsAccountId"),
                product.getJSONArray("dimensions").getString(0),
                quantity,
                HOUR));
    }

    private static void tell(String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(sandbox.getString("url") + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
    }
}
