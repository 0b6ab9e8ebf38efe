-- psql "$DATABASE_URL" -f purchase.sql
\set ON_ERROR_STOP on

BEGIN;
INSERT INTO orders (id, customer_id, total) VALUES (1, 'user123', 19.99);
INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
VALUES ('successful_payment', 'user123', '{"value": 19.99}');
COMMIT;
\echo committed: order 1 and its event

BEGIN;
INSERT INTO orders (id, customer_id, total) VALUES (2, 'user123', 5.00);
INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload)
VALUES ('successful_payment', 'user123', '{"value": 5.00}');
ROLLBACK;
\echo rolled back: order 2 and its event
