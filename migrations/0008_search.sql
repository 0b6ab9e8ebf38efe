-- Searching at scale. What the writers pay was measured on a record of ten
-- million events, against an INSERT of 37 us (one row, one statement).

-- "What happened to order 4711?": by what the application put into metadata. Only writers who use
-- metadata pay, and not for the merge: about 0.4 us instead of 8 with three members, of which two
-- are the same in every event of a watch. Their entries are appended to a list, which relays merge
-- every few seconds (see merge_metadata()), and VACUUM where none runs; searches walk over what is
-- not merged yet. The limit, near the largest there is, keeps one INSERT in some thousands from
-- merging for all of them.
CREATE INDEX outbox_metadata ON reward_outbox.outbox
  USING gin (metadata jsonb_path_ops) WITH (fastupdate = on, gin_pending_list_limit = 2000000)
WHERE metadata IS NOT NULL;
COMMENT ON INDEX reward_outbox.outbox_metadata IS 'Events by what their metadata contain.';

-- A trigger or watch that is rare, or was in use long ago. A b-tree would cost every INSERT about
-- 1.5 us, and 400 MB or more per ten million events; this costs about half a microsecond and 4 MB,
-- because it only says which pages may hold a trigger. VACUUM, not the writer, fills it in. What
-- is common is not searched with it but by walking over the newest events.
CREATE INDEX outbox_trigger_and_source ON reward_outbox.outbox
  USING brin (trigger_id text_bloom_ops (n_distinct_per_range = 100),
              source text_bloom_ops (n_distinct_per_range = 100)) WITH (pages_per_range = 16);
COMMENT ON INDEX reward_outbox.outbox_trigger_and_source IS
  'Which pages may hold events of a trigger or of a watch.';

-- Pages that VACUUM has not seen since they were written are searched one by one, and looked up in the
-- table where the index alone could answer. By default a fifth of the table may be like that; with many
-- events on record that is too much. An insert-only VACUUM reads no more than the new pages.
ALTER TABLE reward_outbox.outbox SET (autovacuum_vacuum_insert_scale_factor = 0.02,
                                      autovacuum_vacuum_insert_threshold = 50000);
ALTER TABLE reward_outbox.attempt_log SET (autovacuum_vacuum_insert_scale_factor = 0.02,
                                           autovacuum_vacuum_insert_threshold = 50000);
