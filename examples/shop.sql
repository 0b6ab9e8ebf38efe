-- The shop that the examples are about: one business table, and an application role that may write events and nothing else of
-- reward_outbox. Run by a superuser, once the schema is there (reward-outbox migrate).
CREATE TABLE public.orders (
  id          integer PRIMARY KEY,
  customer_id text    NOT NULL,
  total       numeric NOT NULL
);

CREATE ROLE shop LOGIN PASSWORD 'shop';
GRANT SELECT, INSERT, UPDATE ON public.orders TO shop;
GRANT reward_outbox_writer TO shop;
