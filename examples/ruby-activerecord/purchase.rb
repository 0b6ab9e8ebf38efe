# frozen_string_literal: true

require "active_record"
require "json"

ActiveRecord::Base.establish_connection(ENV.fetch("DATABASE_URL"))

class Order < ActiveRecord::Base
end

module RewardOutbox
  # Writes an event in the transaction that is open; the same key twice is one event.
  def self.emit(trigger:, user:, payload: {}, idempotency_key: nil)
    connection = ActiveRecord::Base.connection
    raise "emit belongs inside a transaction" unless connection.transaction_open?

    sql = ActiveRecord::Base.sanitize_sql([<<~SQL, trigger, user, JSON.generate(payload), idempotency_key])
      SELECT reward_outbox.emit(trigger_id => ?, user_id => ?, payload => ?, idempotency_key => ?)
    SQL
    connection.select_value(sql)
  end
end

# The order and its event, or neither.
def purchase(id, total)
  ActiveRecord::Base.transaction do
    Order.create!(id: id, customer_id: "user123", total: total)
    RewardOutbox.emit(
      trigger: "successful_payment", user: "user123", payload: { value: total }, idempotency_key: "order-#{id}-paid"
    )
    yield if block_given?
  end
end

purchase(1, 19.99)
puts "committed: order 1 and its event"

begin
  purchase(2, 5.00) { raise "card declined" }
rescue RuntimeError
  puts "rolled back: order 2 and its event"
end
