<?php

declare(strict_types=1);

use Illuminate\Database\Capsule\Manager as DB;

// In an application Laravel does this; here it is the database component alone, as Debian packages it.
require getenv('ILLUMINATE_AUTOLOAD') ?: 'vendor/autoload.php';
$manager = new DB();
$manager->addConnection([
    'driver' => 'pgsql',
    'host' => getenv('PGHOST'),
    'port' => getenv('PGPORT'),
    'database' => getenv('PGDATABASE'),
    'username' => getenv('PGUSER'),
    'password' => getenv('PGPASSWORD'),
    'charset' => 'utf8',
]);
$manager->setAsGlobal();

/** Writes an event in the transaction that is open; the same key twice is one event. */
function emit(string $trigger, string $user, array $payload, ?string $idempotencyKey = null): string
{
    if (DB::connection()->transactionLevel() === 0) {
        throw new LogicException('emit() belongs inside DB::transaction()');
    }
    return DB::selectOne(
        'SELECT reward_outbox.emit(trigger_id => ?, user_id => ?, payload => ?::jsonb, idempotency_key => ?) AS id',
        // An empty PHP array would be a JSON array.
        [$trigger, $user, json_encode((object) $payload, JSON_THROW_ON_ERROR), $idempotencyKey],
    )->id;
}

/** The order and its event, or neither. */
function purchase(int $id, float $total, callable $pay): void
{
    DB::connection()->transaction(function () use ($id, $total, $pay) {
        DB::table('orders')->insert(['id' => $id, 'customer_id' => 'user123', 'total' => $total]);
        emit('successful_payment', 'user123', ['value' => $total], "order-$id-paid");
        $pay();
    });
}

purchase(1, 19.99, fn () => null);
echo "committed: order 1 and its event\n";

try {
    purchase(2, 5.00, fn () => throw new RuntimeException('card declined'));
} catch (RuntimeException) {
    echo "rolled back: order 2 and its event\n";
}
