-- 0003: a row for each bucket.
--
-- Why       A distributed PostgreSQL sends an insert of many rows to one shard, whole, only if it selects from a table
--           that is divided as the target is. So those inserts join this one. One server alone needs it for nothing.
-- Breaking  No.
-- Cost      One more look into a small index for each statement.
-- Undo      Drop the table, and take version 3 out of schema_version; the programs that join it must be gone.

create table bucket (
  bucket smallint primary key
);

insert into bucket (bucket) select generate_series(0, 63);
