-- 0001: the ledger.
--
-- Why       The bucket stands first in every unique key and is what a distributed PostgreSQL spreads by: no
--           statement that holds or finds records reaches a second bucket. What repeats every hour is a row of
--           `series`, because a key of text halves what a server takes (measured).
-- Breaking  No; it is the first.
-- Months    `record` and `call_group` are divided by the month of the usage hour, so that an old month can be
--           detached whole. The program makes the partitions: record_2026_11 holds November 2026.
-- Text      Every text column is escaped by stored-text.ts, or JSON: NUL and lone surrogates survive.
-- Later     A correction will be a row of a table of its own that names the record: no row of `record` ever changes.
-- Undo      drop schema marketmeter cascade

-- What repeats every hour: an hour key without its hour. Rows are added, never changed.
create table series (
  bucket smallint not null,
  series uuid not null,            -- the hash that the metering record id carries, in the same place
  region text not null,
  billing_line text not null,
  dimension text not null,
  resource text not null,
  product text not null,
  seller text not null,
  buyer text not null,
  agreement text not null,         -- of the first record; a record under another names it itself
  license_arn text not null,
  primary key (bucket, series)
);

create table agreement (
  bucket smallint not null,
  agreement_key uuid not null,     -- a hash of the two texts
  agreement text not null,
  license_arn text not null,
  primary key (bucket, agreement_key)
);

-- One row for each commit in a bucket: the calls that it settled. A record names its commit by bucket, month,
-- recorded-at and writer, and its call by the place in the list.
create table call_group (
  bucket smallint not null,
  month integer not null,          -- the first hour of the month that the records are of
  recorded_at_us bigint not null,
  writer integer not null,
  calls text not null,             -- JSON: see call-group.ts
  primary key (bucket, month, recorded_at_us, writer)
) partition by range (month);

create table record (
  recorded_at_us bigint not null,  -- microseconds since 1970 by the writer's clock, one value for a commit
  hour integer not null,           -- since 1970
  quantity integer not null,
  writer integer not null,
  hour_ms integer not null,        -- the timestamp, counted from the start of the hour
  checksum integer not null,
  bucket smallint not null,
  call smallint not null,
  named_by smallint not null,
  series uuid not null,
  agreement_key uuid,              -- null: the agreement that the series names
  allocations text,                -- JSON; null: none
  primary key (bucket, hour, series)
) partition by range (hour);

create index record_in_order on record (recorded_at_us);

-- Who writes: a replica takes a number when it starts.
create table writer (
  writer integer primary key,
  started_at timestamptz not null default now()
);
