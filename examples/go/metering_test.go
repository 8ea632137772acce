package metering

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/marketplacemetering"
	"github.com/aws/smithy-go"
)

// The line of JSON with which the sandbox says that it is ready.
var sandbox struct {
	URL, Endpoint, Region, AccessKeyID, SecretAccessKey string

	Products []struct {
		Code       string
		Dimensions []string
	}
	Buyers []struct{ AWSAccountID string }
}

func TestMain(m *testing.M) {
	command := exec.Command("node_modules/.bin/marketmeter",
		"sandbox", "--json", "--port", "0", "--now", "2026-11-23T12:00:00Z")
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err == nil {
		limit := time.AfterFunc(30*time.Second, func() { _ = command.Process.Kill() })
		err = json.NewDecoder(bufio.NewReader(stdout)).Decode(&sandbox)
		limit.Stop()
	}
	if err != nil {
		log.Fatal("the sandbox did not start: ", err)
	}
	code := m.Run()
	_ = command.Process.Signal(syscall.SIGTERM)
	_ = command.Wait()
	os.Exit(code)
}

func TestUsageIsMeteredOnceHoweverOftenItIsSent(t *testing.T) {
	tell(t, "/reset", "{}")
	first, err := report(t, 12)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := report(t, 12); err != nil || again != first {
		t.Fatalf("got %q and %v, want %q again", again, err, first)
	}
}

func TestUsageIsNotChangedAfterwards(t *testing.T) {
	tell(t, "/reset", "{}")
	if _, err := report(t, 12); err != nil {
		t.Fatal(err)
	}
	if _, err := report(t, 13); err == nil || !strings.Contains(err.Error(), "DuplicateRecord") {
		t.Fatalf("got %v, want DuplicateRecord", err)
	}
}

func TestUsageComesTooLateAfterSixHours(t *testing.T) {
	tell(t, "/reset", "{}")
	tell(t, "/clock/advance", `{"hours": 6}`)
	_, err := report(t, 12)
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != "TimestampOutOfBoundsException" {
		t.Fatalf("got %v, want TimestampOutOfBoundsException", err)
	}
}

func report(t *testing.T, quantity int32) (string, error) {
	client := marketplacemetering.New(marketplacemetering.Options{
		BaseEndpoint: aws.String(sandbox.Endpoint),
		Region:       sandbox.Region,
		Credentials: credentials.NewStaticCredentialsProvider(
			sandbox.AccessKeyID, sandbox.SecretAccessKey, ""),
	})
	return Report(context.Background(), client, Usage{
		ProductCode: sandbox.Products[0].Code,
		Account:     sandbox.Buyers[0].AWSAccountID,
		Dimension:   sandbox.Products[0].Dimensions[0],
		Quantity:    quantity,
		Hour:        time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC),
	})
}

func tell(t *testing.T, path, body string) {
	answer, err := http.Post(sandbox.URL+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, answer.Status)
	}
}
