//! GetEntitlements, by the SDK's client for the Entitlement Service and its own way through pages.

use crate::{error_of, Request, Step};
use aws_config::SdkConfig;
use aws_sdk_marketplaceentitlement::operation::RequestId;
use aws_sdk_marketplaceentitlement::types::{
    Entitlement, EntitlementValue, GetEntitlementFilterName,
};
use aws_sdk_marketplaceentitlement::Client;
use serde_json::{json, Value};

pub async fn answer_of(settings: &SdkConfig, step: Step) -> Value {
    all(&Client::new(settings), step.request).await
}

async fn all(client: &Client, request: Request) -> Value {
    let filter = request.filter.map(|members| {
        members
            .into_iter()
            .map(|(name, values)| (GetEntitlementFilterName::from(name.as_str()), values))
            .collect()
    });
    let mut stream = client
        .get_entitlements()
        .set_product_code(request.product_code)
        .set_filter(filter)
        .set_max_results(request.max_results)
        .into_paginator()
        .send();
    let mut found = Vec::new();
    let mut pages = 0;
    let mut request_id = None;
    while let Some(next) = stream.next().await {
        match next {
            Ok(page) => {
                pages += 1;
                request_id = page.request_id().map(str::to_owned);
                found.extend(page.entitlements().iter().map(shown));
            }
            Err(error) => return error_of(&error),
        }
    }
    json!({ "requestId": request_id, "answer": { "Entitlements": found, "pages": pages } })
}

fn shown(one: &Entitlement) -> Value {
    json!({
        "ProductCode": one.product_code(),
        "Dimension": one.dimension(),
        "CustomerIdentifier": one.customer_identifier(),
        "CustomerAWSAccountId": one.customer_aws_account_id(),
        "Value": one.value().map(value_of),
        "ExpirationDateMs": one.expiration_date().and_then(|date| date.to_millis().ok()),
        "LicenseArn": one.license_arn(),
    })
}

fn value_of(value: &EntitlementValue) -> Value {
    json!({
        "IntegerValue": value.integer_value(),
        "DoubleValue": value.double_value(),
        "BooleanValue": value.boolean_value(),
        "StringValue": value.string_value(),
    })
}
