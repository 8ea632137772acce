//! Drives a metering service with the unmodified AWS SDK for Rust.
//! Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_marketplacemetering::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_marketplacemetering::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_marketplacemetering::operation::batch_meter_usage::BatchMeterUsageOutput;
use aws_sdk_marketplacemetering::operation::RequestId;
use aws_sdk_marketplacemetering::primitives::DateTime;
use aws_sdk_marketplacemetering::types::{Tag, UsageAllocation, UsageRecord};
use aws_sdk_marketplacemetering::Client;
use serde::Deserialize;
use serde_json::{json, Value};
use std::collections::HashMap;

mod entitlements;

#[derive(Deserialize)]
struct Script {
    from: Option<String>,
    region: Option<String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    endpoint: Option<String>,
    credentials: Option<Key>,
    operation: String,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    product_code: Option<String>,
    #[serde(default)]
    usage_records: Vec<Record>,
    registration_token: Option<String>,
    timestamp_ms: Option<i64>,
    usage_dimension: Option<String>,
    usage_quantity: Option<i32>,
    dry_run: Option<bool>,
    client_token: Option<String>,
    usage_allocations: Option<Vec<Allocation>>,
    public_key_version: Option<i32>,
    nonce: Option<String>,
    filter: Option<HashMap<String, Vec<String>>>,
    max_results: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    timestamp_ms: i64,
    dimension: String,
    quantity: i32,
    customer_identifier: Option<String>,
    #[serde(rename = "CustomerAWSAccountId")]
    customer_aws_account_id: Option<String>,
    license_arn: Option<String>,
    usage_allocations: Option<Vec<Allocation>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Allocation {
    allocated_usage_quantity: i32,
    tags: Option<Vec<Label>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Label {
    key: String,
    value: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let script: Script = serde_json::from_reader(std::io::stdin()).expect("a script on stdin");
    let from_environment = script.from.as_deref() == Some("environment");
    for mut step in script.steps {
        let name = step.name.clone();
        let settings = if from_environment {
            aws_config::load_defaults(BehaviorVersion::latest()).await
        } else {
            settings_of(script.region.as_deref(), &mut step)
        };
        let mut answer = answer_of(&settings, step).await;
        answer["step"] = json!(name);
        println!("{answer}");
    }
}

fn credentials_of(key: Key) -> Credentials {
    Credentials::new(
        key.access_key_id,
        key.secret_access_key,
        key.session_token,
        None,
        "script",
    )
}

fn settings_of(region: Option<&str>, step: &mut Step) -> SdkConfig {
    let credentials = credentials_of(step.credentials.take().expect("a key"));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region.map(|name| Region::new(name.to_owned())))
        .endpoint_url(step.endpoint.take().expect("an endpoint"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

async fn answer_of(settings: &SdkConfig, step: Step) -> Value {
    if step.operation == "GetEntitlements" {
        return entitlements::answer_of(settings, step).await;
    }
    let client = Client::new(settings);
    match step.operation.as_str() {
        "ResolveCustomer" => resolve(&client, step.request).await,
        "MeterUsage" => report(&client, step.request).await,
        "RegisterUsage" => register(&client, step.request).await,
        _ => meter(&client, step.request).await,
    }
}

async fn meter(client: &Client, request: Request) -> Value {
    let sent = client
        .batch_meter_usage()
        .set_product_code(request.product_code)
        .set_usage_records(Some(
            request.usage_records.into_iter().map(record_of).collect(),
        ))
        .send()
        .await;
    match sent {
        Ok(output) => results_of(&output),
        Err(error) => error_of(&error),
    }
}

async fn resolve(client: &Client, request: Request) -> Value {
    let sent = client
        .resolve_customer()
        .set_registration_token(request.registration_token)
        .send()
        .await;
    match sent {
        Ok(output) => json!({
            "requestId": output.request_id(),
            "answer": {
                "CustomerIdentifier": output.customer_identifier(),
                "ProductCode": output.product_code(),
                "CustomerAWSAccountId": output.customer_aws_account_id(),
                "LicenseArn": output.license_arn(),
            },
        }),
        Err(error) => error_of(&error),
    }
}

async fn report(client: &Client, request: Request) -> Value {
    let allocations = request
        .usage_allocations
        .map(|list| list.into_iter().map(allocation_of).collect());
    let sent = client
        .meter_usage()
        .set_product_code(request.product_code)
        .set_timestamp(request.timestamp_ms.map(DateTime::from_millis))
        .set_usage_dimension(request.usage_dimension)
        .set_usage_quantity(request.usage_quantity)
        .set_dry_run(request.dry_run)
        .set_client_token(request.client_token)
        .set_usage_allocations(allocations)
        .send()
        .await;
    match sent {
        Ok(output) => json!({
            "requestId": output.request_id(),
            "answer": { "MeteringRecordId": output.metering_record_id() },
        }),
        Err(error) => error_of(&error),
    }
}

async fn register(client: &Client, request: Request) -> Value {
    let sent = client
        .register_usage()
        .set_product_code(request.product_code)
        .set_public_key_version(request.public_key_version)
        .set_nonce(request.nonce)
        .send()
        .await;
    match sent {
        Ok(output) => json!({
            "requestId": output.request_id(),
            "answer": {
                "Signature": output.signature(),
                "PublicKeyRotationTimestampMs": output
                    .public_key_rotation_timestamp()
                    .and_then(|one| one.to_millis().ok()),
            },
        }),
        Err(error) => error_of(&error),
    }
}

fn record_of(record: Record) -> UsageRecord {
    let allocations = record
        .usage_allocations
        .map(|list| list.into_iter().map(allocation_of).collect());
    UsageRecord::builder()
        .timestamp(DateTime::from_millis(record.timestamp_ms))
        .dimension(record.dimension)
        .quantity(record.quantity)
        .set_customer_identifier(record.customer_identifier)
        .set_customer_aws_account_id(record.customer_aws_account_id)
        .set_license_arn(record.license_arn)
        .set_usage_allocations(allocations)
        .build()
        .expect("a record with all that the SDK demands")
}

fn allocation_of(allocation: Allocation) -> UsageAllocation {
    let tags = allocation
        .tags
        .map(|list| list.into_iter().map(tag_of).collect());
    UsageAllocation::builder()
        .allocated_usage_quantity(allocation.allocated_usage_quantity)
        .set_tags(tags)
        .build()
        .expect("an allocation with all that the SDK demands")
}

fn tag_of(label: Label) -> Tag {
    Tag::builder()
        .key(label.key)
        .value(label.value)
        .build()
        .expect("a tag with all that the SDK demands")
}

fn results_of(output: &BatchMeterUsageOutput) -> Value {
    let results: Vec<Value> = output
        .results()
        .iter()
        .map(|result| {
            let record = result.usage_record();
            json!({
                "status": result.status().map(|status| status.as_str()),
                "id": result.metering_record_id(),
                "dimension": record.map(|one| one.dimension()),
                "quantity": record.and_then(|one| one.quantity()),
                "timestampMs": record.and_then(|one| one.timestamp().to_millis().ok()),
            })
        })
        .collect();
    json!({
        "requestId": output.request_id(),
        "results": results,
        "unprocessed": output.unprocessed_records().len(),
    })
}

fn error_of<E>(error: &SdkError<E>) -> Value
where
    E: std::fmt::Debug + ProvideErrorMetadata,
    SdkError<E>: ProvideErrorMetadata + RequestId + std::fmt::Debug,
{
    let class = match error.as_service_error() {
        Some(known) => format!("{known:?}")
            .split('(')
            .next()
            .unwrap_or_default()
            .to_owned(),
        None => format!("{error:?}"),
    };
    json!({
        "requestId": error.request_id(),
        "error": { "code": error.code(), "class": class, "message": error.message() },
    })
}
