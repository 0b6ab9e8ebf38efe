import os

import psycopg
from psycopg.types.json import Jsonb


def purchase(connection, order_id, total, pay):
    """The order and its event, or neither."""
    with connection.transaction():
        connection.execute(
            "INSERT INTO orders (id, customer_id, total) VALUES (%s, %s, %s)",
            (order_id, "user123", total),
        )
        connection.execute(
            "INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES (%s, %s, %s)",
            ("successful_payment", "user123", Jsonb({"value": total})),
        )
        pay()


def declined():
    raise RuntimeError("card declined")


with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    purchase(connection, 1, 19.99, lambda: None)
    print("committed: order 1 and its event")

    try:
        purchase(connection, 2, 5.00, declined)
    except RuntimeError:
        print("rolled back: order 2 and its event")
