CREATE OR REPLACE FUNCTION reward_outbox.mark_installation() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Twice, because a row's xmin is known only once it is written; both
  -- versions are written by the same transaction and have the same one.
  UPDATE reward_outbox.installation i SET written_as = NULL WHERE i.only_row;
  UPDATE reward_outbox.installation i SET written_as = i.xmin WHERE i.only_row;
END
$$;
COMMENT ON FUNCTION reward_outbox.mark_installation() IS
  'To be called after every change of installation: a row that is loaded from elsewhere does not carry this '
  'mark, whatever else it says.';
