// Package metering does what a seller's service does once an hour: it tells the marketplace what a customer used.
package metering

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/marketplacemetering"
	"github.com/aws/aws-sdk-go-v2/service/marketplacemetering/types"
)

// Usage is what one customer used in one hour.
type Usage struct {
	ProductCode, Account, Dimension string
	Quantity                        int32
	Hour                            time.Time
}

// Report returns the metering record's id.
func Report(ctx context.Context, client *marketplacemetering.Client, usage Usage) (string, error) {
	answer, err := client.BatchMeterUsage(ctx, &marketplacemetering.BatchMeterUsageInput{
		ProductCode: aws.String(usage.ProductCode),
		UsageRecords: []types.UsageRecord{{
			Timestamp:            aws.Time(usage.Hour),
			CustomerAWSAccountId: aws.String(usage.Account),
			Dimension:            aws.String(usage.Dimension),
			Quantity:             aws.Int32(usage.Quantity),
		}},
	})
	if err != nil {
		return "", err
	}
	if len(answer.UnprocessedRecords) > 0 {
		return "", errors.New("AWS could not take the record now: send it again")
	}
	result := answer.Results[0]
	if result.Status != types.UsageRecordResultStatusSuccess {
		return "", fmt.Errorf("the usage of %v was not metered: %v", usage.Hour, result.Status)
	}
	return aws.ToString(result.MeteringRecordId), nil
}
