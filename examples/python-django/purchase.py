import json
import os

import django
from django.conf import settings
from django.db import connection, models, transaction

# In a project: settings.py.
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
            "NAME": os.environ["PGDATABASE"],
            "USER": os.environ["PGUSER"],
            "PASSWORD": os.environ["PGPASSWORD"],
        }
    },
    USE_TZ=True,
)
django.setup()


class Order(models.Model):
    id = models.IntegerField(primary_key=True)
    customer_id = models.TextField()
    total = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        app_label = "shop"
        db_table = "orders"
        managed = False


def emit(trigger_id, user_id, payload, idempotency_key=None):
    """Writes an event in the transaction that is open; the same key twice is one event."""
    if not connection.in_atomic_block:
        raise RuntimeError("emit() belongs inside transaction.atomic()")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT reward_outbox.emit(trigger_id => %s, user_id => %s, payload => %s::jsonb, idempotency_key => %s)
            """,
            [trigger_id, user_id, json.dumps(payload), idempotency_key],
        )
        return cursor.fetchone()[0]


def purchase(order_id, total, pay):
    """The order and its event, or neither."""
    with transaction.atomic():
        Order.objects.create(id=order_id, customer_id="user123", total=total)
        emit("successful_payment", "user123", {"value": total}, f"order-{order_id}-paid")
        pay()


def declined():
    raise RuntimeError("card declined")


purchase(1, 19.99, lambda: None)
print("committed: order 1 and its event")

try:
    purchase(2, 5.00, declined)
except RuntimeError:
    print("rolled back: order 2 and its event")
