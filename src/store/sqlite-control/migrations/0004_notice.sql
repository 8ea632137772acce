-- 0004: notices to sellers, from the change that made them true until they were delivered, and a while longer.
--
-- Why       A notice is written in the transaction of its change, so none is lost and none is of a change that was not made.
--           The body is what happened and never changes; the columns are its way to the receiver.
-- Breaking  No.
-- Cost      None.
-- Undo      Drop the table.

create table notice (
  position integer primary key autoincrement,
  id text not null unique,
  seller text not null,
  agreement text not null,
  state text not null default 'waiting',
  due_ms integer not null,
  next_attempt_ms integer not null default 0,
  lent_until_ms integer not null default 0,
  attempts integer not null default 0,
  last_at_ms integer not null default 0,
  last_result text not null default '',
  body text not null
) strict;

create index notice_due on notice (due_ms) where state = 'waiting';
create index notice_in_order on notice (agreement, due_ms, position) where state = 'waiting';
create index notice_by_seller on notice (seller);
create index notice_done on notice (last_at_ms) where state <> 'waiting';
