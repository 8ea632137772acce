-- 0006: the client tokens of MeterUsage.
--
-- Why       A token is noted in the transaction of its record, so that the same request is known when it is sent again, and
--           another under the same token is refused. It is billed to one line, so bucket and shard are the record's.
--           Both are hashes: see client-token.ts.
-- Breaking  No.
-- Kept      Until the instant in the row, by the clock of the calls; rows go as new ones come.
-- Citus     Distribute it beside `record`: see docs/operating/distributed.md.
-- Undo      Drop the table, and take version 6 out of schema_version.

create table client_token (
  bucket smallint not null,
  name uuid not null,
  parameters uuid not null,
  kept_until_ms bigint not null,
  primary key (bucket, name)
);

create index client_token_by_end on client_token (bucket, kept_until_ms);
