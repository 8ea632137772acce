-- 0007: notices to sellers, from the change that made them true until they were delivered, and a while longer.
--
-- Why       A notice is written by the statement of its change, so none is lost and none is of a change that was not made.
--           The body is what happened and never changes; the columns are its way to the receiver. A replica that delivers
--           claims the row, for a while.
-- Breaking  No.
-- Citus     Small; local to the coordinator.
-- Undo      Drop the table, and take version 7 out of schema_version.

create table notice (
  position bigint generated always as identity primary key,
  id uuid not null unique,
  seller text collate "C" not null,
  agreement text collate "C" not null,
  state text not null default 'waiting',
  due_ms bigint not null,
  next_attempt_ms bigint not null default 0,
  lent_until_ms bigint not null default 0,
  attempts integer not null default 0,
  last_at_ms bigint not null default 0,
  last_result text not null default '',
  body json not null
);

create index notice_due on notice (due_ms) where state = 'waiting';
create index notice_in_order on notice (agreement, due_ms, position) where state = 'waiting';
create index notice_by_seller on notice (seller, position);
create index notice_done on notice (last_at_ms) where state <> 'waiting';
