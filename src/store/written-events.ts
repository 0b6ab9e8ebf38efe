/** Every event as it was written, for tests of applications. JSON as text: parsing it would change numbers. */
export const WRITTEN_EVENTS = `
SELECT trigger_id,
       user_id,
       payload::text AS payload,
       idempotency_key,
       ordering_key,
       metadata::text AS metadata
FROM reward_outbox.events
ORDER BY id`;
