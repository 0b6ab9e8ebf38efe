-- Only what is needed is asked for: further members, and a time in
-- another form, are no reason to distrust a webhook.
CREATE OR REPLACE FUNCTION reward_outbox.webhook_problem(p_webhook jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  data jsonb := p_webhook -> 'data';
BEGIN
  IF jsonb_typeof(p_webhook) <> 'object' THEN
    RETURN 'it is no JSON object';
  ELSIF jsonb_typeof(p_webhook -> 'id') IS DISTINCT FROM 'string'
    OR octet_length(p_webhook ->> 'id') NOT BETWEEN 1 AND 200 THEN
    RETURN 'its id is no text of 1 to 200 bytes';
  ELSIF jsonb_typeof(p_webhook -> 'type') IS DISTINCT FROM 'string' THEN
    RETURN 'its type is no text';
  ELSIF p_webhook ->> 'type' IN ('balance.credit_points_issued', 'reward_outbox.test') THEN
    RETURN NULL;
  ELSIF p_webhook ->> 'type' <> 'trigger_event.created' THEN
    RETURN 'its type is not known';
  ELSIF jsonb_typeof(data #> '{trigger,id}') IS DISTINCT FROM 'string'
    OR octet_length(data #>> '{trigger,id}') NOT BETWEEN 1 AND 512 THEN
    RETURN 'data.trigger.id is no text of 1 to 512 bytes';
  ELSIF jsonb_typeof(data #> '{user,id}') IS DISTINCT FROM 'string'
    OR octet_length(data #>> '{user,id}') NOT BETWEEN 1 AND 512 THEN
    RETURN 'data.user.id is no text of 1 to 512 bytes';
  ELSIF jsonb_typeof(data -> 'value') NOT IN ('number', 'null') THEN
    RETURN 'data.value is no number';
  ELSIF octet_length(data ->> 'value') > 1000 THEN
    RETURN 'data.value has more than 1000 digits';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION reward_outbox.webhook_problem(jsonb) IS
  'Part of receive_webhook(): why a webhook is none that is known; null: it is.';
