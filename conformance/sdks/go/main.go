// Drives a metering service with the unmodified AWS SDK for Go v2.
// Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
package main

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	entitlement "github.com/aws/aws-sdk-go-v2/service/marketplaceentitlementservice"
	entitlementtypes "github.com/aws/aws-sdk-go-v2/service/marketplaceentitlementservice/types"
	"github.com/aws/aws-sdk-go-v2/service/marketplacemetering"
	"github.com/aws/aws-sdk-go-v2/service/marketplacemetering/types"
	"github.com/aws/smithy-go"
)

type script struct {
	From   string `json:"from"`
	Region string `json:"region"`
	Steps  []step `json:"steps"`
}

type step struct {
	Name        string `json:"name"`
	Endpoint    string `json:"endpoint"`
	Credentials struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
		SessionToken    string `json:"sessionToken"`
	} `json:"credentials"`
	Operation string `json:"operation"`
	PublicKey string `json:"publicKey"`
	Request   struct {
		ProductCode       *string
		UsageRecords      []record
		RegistrationToken *string
		TimestampMs       int64
		UsageDimension    *string
		UsageQuantity     *int32
		DryRun            *bool
		ClientToken       *string
		UsageAllocations  []types.UsageAllocation
		PublicKeyVersion  *int32
		Nonce             *string
		Filter            map[string][]string
		MaxResults        *int32
	} `json:"request"`
}

type record struct {
	types.UsageRecord
	TimestampMs int64
}

type answer struct {
	Step        string    `json:"step"`
	RequestID   string    `json:"requestId,omitempty"`
	Results     []result  `json:"results,omitempty"`
	Unprocessed *int      `json:"unprocessed,omitempty"`
	Answer      any       `json:"answer,omitempty"`
	Verified    bool      `json:"verified,omitempty"`
	Error       *apiError `json:"error,omitempty"`
}

type customer struct {
	CustomerIdentifier   *string
	ProductCode          *string
	CustomerAWSAccountId *string
	LicenseArn           *string
}

type registered struct {
	Signature                    *string
	PublicKeyRotationTimestampMs *int64
}

type entitled struct {
	ProductCode          *string
	Dimension            *string
	CustomerIdentifier   *string
	CustomerAWSAccountId *string
	Value                *entitlementtypes.EntitlementValue
	ExpirationDateMs     *int64
	LicenseArn           *string
}

type allEntitled struct {
	Entitlements []entitled
	Pages        int `json:"pages"`
}

type result struct {
	Status      string  `json:"status"`
	ID          *string `json:"id,omitempty"`
	Dimension   *string `json:"dimension"`
	Quantity    *int32  `json:"quantity"`
	TimestampMs int64   `json:"timestampMs"`
}

type apiError struct {
	Code    string `json:"code"`
	Class   string `json:"class"`
	Message string `json:"message"`
}

func main() {
	var plan script
	if err := json.NewDecoder(os.Stdin).Decode(&plan); err != nil {
		log.Fatal(err)
	}
	printer := json.NewEncoder(os.Stdout)
	for _, one := range plan.Steps {
		answered := answerOf(plan, one)
		answered.Step = one.Name
		if err := printer.Encode(answered); err != nil {
			log.Fatal(err)
		}
	}
}

func answerOf(plan script, one step) answer {
	settings, err := settingsOf(plan, one)
	if err != nil {
		return failure(err)
	}
	client := marketplacemetering.NewFromConfig(settings)
	switch one.Operation {
	case "ResolveCustomer":
		return resolve(client, one)
	case "MeterUsage":
		return report(client, one)
	case "RegisterUsage":
		return register(client, one)
	case "GetEntitlements":
		return entitlements(entitlement.NewFromConfig(settings), one)
	}
	return meter(client, one)
}

// From the environment alone it is what a program has that knows nothing of where it runs.
func settingsOf(plan script, one step) (aws.Config, error) {
	if plan.From == "environment" {
		return config.LoadDefaultConfig(context.Background())
	}
	key := one.Credentials
	return aws.Config{
		Region:       plan.Region,
		BaseEndpoint: aws.String(one.Endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(
			key.AccessKeyID, key.SecretAccessKey, key.SessionToken),
	}, nil
}

func report(client *marketplacemetering.Client, one step) answer {
	request := one.Request
	output, err := client.MeterUsage(context.Background(), &marketplacemetering.MeterUsageInput{
		ProductCode:      request.ProductCode,
		Timestamp:        aws.Time(time.UnixMilli(request.TimestampMs)),
		UsageDimension:   request.UsageDimension,
		UsageQuantity:    request.UsageQuantity,
		DryRun:           request.DryRun,
		ClientToken:      request.ClientToken,
		UsageAllocations: request.UsageAllocations,
	})
	if err != nil {
		return failure(err)
	}
	requestID, _ := middleware.GetRequestIDMetadata(output.ResultMetadata)
	held := map[string]*string{"MeteringRecordId": output.MeteringRecordId}
	return answer{RequestID: requestID, Answer: held}
}

func register(client *marketplacemetering.Client, one step) answer {
	request := one.Request
	output, err := client.RegisterUsage(context.Background(), &marketplacemetering.RegisterUsageInput{
		ProductCode:      request.ProductCode,
		PublicKeyVersion: request.PublicKeyVersion,
		Nonce:            request.Nonce,
	})
	if err != nil {
		return failure(err)
	}
	requestID, _ := middleware.GetRequestIDMetadata(output.ResultMetadata)
	told := registered{output.Signature, milliseconds(output.PublicKeyRotationTimestamp)}
	verified := isSignedBy(one.PublicKey, aws.ToString(output.Signature))
	return answer{RequestID: requestID, Answer: told, Verified: verified}
}

// As a seller would in a container: PS256 is RSA-PSS with SHA-256 and a salt of 32 bytes.
func isSignedBy(publicKey string, token string) bool {
	block, _ := pem.Decode([]byte(publicKey))
	if block == nil {
		return false
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, isRSA := parsed.(*rsa.PublicKey)
	end := strings.LastIndex(token, ".")
	if err != nil || !isRSA || end < 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		return false
	}
	digest := sha256.Sum256([]byte(token[:end]))
	options := rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256}
	return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, &options) == nil
}

// In Smithy's RPC v2 over CBOR: this client speaks nothing else.
func entitlements(client *entitlement.Client, one step) answer {
	paginator := entitlement.NewGetEntitlementsPaginator(client, &entitlement.GetEntitlementsInput{
		ProductCode: one.Request.ProductCode,
		Filter:      one.Request.Filter,
		MaxResults:  one.Request.MaxResults,
	})
	all := allEntitled{Entitlements: []entitled{}}
	var requestID string
	for paginator.HasMorePages() {
		page, err := paginator.NextPage(context.Background())
		if err != nil {
			return failure(err)
		}
		requestID, _ = middleware.GetRequestIDMetadata(page.ResultMetadata)
		all.Pages++
		for _, item := range page.Entitlements {
			all.Entitlements = append(all.Entitlements, entitled{
				ProductCode:          item.ProductCode,
				Dimension:            item.Dimension,
				CustomerIdentifier:   item.CustomerIdentifier,
				CustomerAWSAccountId: item.CustomerAWSAccountId,
				Value:                item.Value,
				ExpirationDateMs:     milliseconds(item.ExpirationDate),
				LicenseArn:           item.LicenseArn,
			})
		}
	}
	return answer{RequestID: requestID, Answer: all}
}

func milliseconds(instant *time.Time) *int64 {
	if instant == nil {
		return nil
	}
	return aws.Int64(instant.Round(time.Millisecond).UnixMilli())
}

func resolve(client *marketplacemetering.Client, one step) answer {
	input := &marketplacemetering.ResolveCustomerInput{
		RegistrationToken: one.Request.RegistrationToken,
	}
	output, err := client.ResolveCustomer(context.Background(), input)
	if err != nil {
		return failure(err)
	}
	requestID, _ := middleware.GetRequestIDMetadata(output.ResultMetadata)
	return answer{RequestID: requestID, Answer: customer{
		CustomerIdentifier:   output.CustomerIdentifier,
		ProductCode:          output.ProductCode,
		CustomerAWSAccountId: output.CustomerAWSAccountId,
		LicenseArn:           output.LicenseArn,
	}}
}

func meter(client *marketplacemetering.Client, one step) answer {
	input := &marketplacemetering.BatchMeterUsageInput{ProductCode: one.Request.ProductCode}
	input.UsageRecords = []types.UsageRecord{}
	for _, item := range one.Request.UsageRecords {
		usage := item.UsageRecord
		usage.Timestamp = aws.Time(time.UnixMilli(item.TimestampMs))
		input.UsageRecords = append(input.UsageRecords, usage)
	}
	output, err := client.BatchMeterUsage(context.Background(), input)
	if err != nil {
		return failure(err)
	}
	requestID, _ := middleware.GetRequestIDMetadata(output.ResultMetadata)
	unprocessed := len(output.UnprocessedRecords)
	answered := answer{RequestID: requestID, Unprocessed: &unprocessed}
	for _, item := range output.Results {
		answered.Results = append(answered.Results, result{
			Status:      string(item.Status),
			ID:          item.MeteringRecordId,
			Dimension:   item.UsageRecord.Dimension,
			Quantity:    item.UsageRecord.Quantity,
			TimestampMs: item.UsageRecord.Timestamp.UnixMilli(),
		})
	}
	return answered
}

func failure(err error) answer {
	var answered answer
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		answered.RequestID = response.ServiceRequestID()
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		answered.Error = &apiError{Code: "none", Message: err.Error()}
		return answered
	}
	class := reflect.TypeOf(api).Elem().Name()
	answered.Error = &apiError{Code: api.ErrorCode(), Class: class, Message: api.ErrorMessage()}
	return answered
}
