CREATE OR REPLACE FUNCTION reward_outbox.goes_by_receipts() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM reward_outbox.triggers t WHERE t.auto_confirm OR t.auto_resend)
      OR EXISTS (SELECT FROM reward_outbox.receipts r
                 WHERE r.received_at > clock_timestamp() - interval '1 day')
$$;
COMMENT ON FUNCTION reward_outbox.goes_by_receipts() IS
  'Whether relays have to look at receipts: a trigger goes by them, or some came within a day.';
