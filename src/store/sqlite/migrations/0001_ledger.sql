-- 0001: the ledger.
--
-- Why       Rows are only ever appended, because a random write costs a page of the log and an append a
--           few bytes. What makes a key unique is, while its hour is open, an index in memory that is
--           rebuilt from these rows, and afterwards the primary key of record_key.
-- Breaking  No; it is the first.
-- Text      Every text column is escaped by stored-text.ts, so that NUL and lone surrogates survive.
-- Later     A correction will be a row of a table of its own that names the position it corrects: no row
--           of `record` ever changes.
-- Undo      Delete the file.

create table meta (
  name text primary key,
  value text not null
) strict, without rowid;

-- What repeats every hour. Append-only; series_key follows behind in sorted batches, and the rows
-- that it has not reached yet are read at start.
create table series (
  id integer primary key,
  fingerprint blob not null,   -- 10 bytes: the hash that the metering record id carries
  bucket integer not null,
  region text not null,
  billing_line text not null,
  dimension text not null,
  resource text not null,
  product text not null,
  seller text not null,
  buyer text not null,
  agreement text not null,     -- of the first record; a later record under another names it itself
  license_arn text not null
) strict;

create table series_key (
  fingerprint blob primary key,
  series integer not null
) strict, without rowid;

create table agreement (
  id integer primary key,
  agreement text not null,
  license_arn text not null,
  unique (agreement, license_arn)
) strict;

-- Who calls, with what and from where. Kept once for many calls; equal rows may repeat.
create table caller (
  id integer primary key,
  operation text not null,
  account text not null,
  access_key_id text not null,
  address text not null,
  user_agent text not null,
  profile text not null
) strict;

-- One row for each call that added a record.
create table call (
  id integer primary key,
  recorded_at_us integer not null,   -- one value for a commit, strictly increasing from commit to commit
  request_id text not null,
  received_at_ms integer not null,
  caller integer not null,
  added integer not null             -- how many records it added: none may be missing, the last neither
) strict;

-- Positions have no gaps, and stand in the order of reading: by recorded-at, then by id.
create table record (
  position integer primary key,
  call integer not null,
  series integer not null,
  hour integer not null,
  quantity integer not null,
  hour_ms integer not null,    -- the timestamp, counted from the start of the hour
  checksum integer not null,
  named_by integer not null,
  agreement integer,           -- null: the agreement that the series names
  allocations text             -- null: none
) strict;

-- One row for each hour that holds a record: how its keys are kept unique, and where its rows begin.
create table hour_state (
  hour integer primary key,
  way text not null check (way in ('memory', 'constraint')),
  first_position integer not null
) strict;

create table record_key (
  hour integer not null,
  series integer not null,
  position integer not null,
  primary key (hour, series)
) strict, without rowid;
