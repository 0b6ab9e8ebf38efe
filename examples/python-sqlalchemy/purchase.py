import json
import os

from sqlalchemy import Column, Integer, Numeric, Text, create_engine, text
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()

EMIT = text(
    """
    SELECT reward_outbox.emit(
      trigger_id      => :trigger_id,
      user_id         => :user_id,
      payload         => CAST(:payload AS jsonb),
      idempotency_key => :idempotency_key
    )
    """
)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(Text, nullable=False)
    total = Column(Numeric, nullable=False)


def emit(session, trigger_id, user_id, payload, idempotency_key=None):
    """Writes an event in the session's transaction; the same key twice is one event."""
    return session.execute(
        EMIT,
        {
            "trigger_id": trigger_id,
            "user_id": user_id,
            "payload": json.dumps(payload),
            "idempotency_key": idempotency_key,
        },
    ).scalar_one()


def purchase(engine, order_id, total, pay):
    """The order and its event, or neither."""
    with Session(engine) as session, session.begin():
        session.add(Order(id=order_id, customer_id="user123", total=total))
        emit(session, "successful_payment", "user123", {"value": total}, f"order-{order_id}-paid")
        pay()


def declined():
    raise RuntimeError("card declined")


engine = create_engine(os.environ["DATABASE_URL"])
purchase(engine, 1, 19.99, lambda: None)
print("committed: order 1 and its event")

try:
    purchase(engine, 2, 5.00, declined)
except RuntimeError:
    print("rolled back: order 2 and its event")
