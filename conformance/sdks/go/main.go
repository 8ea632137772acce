// Drives a metering service with the unmodified AWS SDK for Go v2.
// Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/marketplacemetering"
	"github.com/aws/aws-sdk-go-v2/service/marketplacemetering/types"
	"github.com/aws/smithy-go"
)

type script struct {
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
	Request   struct {
		ProductCode       *string
		UsageRecords      []record
		RegistrationToken *string
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
	Error       *apiError `json:"error,omitempty"`
}

type customer struct {
	CustomerIdentifier   *string
	ProductCode          *string
	CustomerAWSAccountId *string
	LicenseArn           *string
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
		answered := answerOf(plan.Region, one)
		answered.Step = one.Name
		if err := printer.Encode(answered); err != nil {
			log.Fatal(err)
		}
	}
}

func answerOf(region string, one step) answer {
	key := one.Credentials
	client := marketplacemetering.New(marketplacemetering.Options{
		Region:       region,
		BaseEndpoint: aws.String(one.Endpoint),
		Credentials: credentials.NewStaticCredentialsProvider(
			key.AccessKeyID, key.SecretAccessKey, key.SessionToken),
	})
	if one.Operation == "ResolveCustomer" {
		return resolve(client, one)
	}
	return meter(client, one)
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
