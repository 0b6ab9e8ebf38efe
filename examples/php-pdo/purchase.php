<?php

declare(strict_types=1);

// Host, port, user, password and database come from PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE.
$pdo = new PDO('pgsql:', options: [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);

/** The order and its event, or neither. */
function purchase(PDO $pdo, int $id, float $total, callable $pay): void
{
    $pdo->beginTransaction();
    try {
        $pdo->prepare('INSERT INTO orders (id, customer_id, total) VALUES (?, ?, ?)')
            ->execute([$id, 'user123', $total]);
        $pdo->prepare('INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES (?, ?, ?)')
            ->execute(['successful_payment', 'user123', json_encode(['value' => $total], JSON_THROW_ON_ERROR)]);
        $pay();
        $pdo->commit();
    } catch (Throwable $error) {
        $pdo->rollBack();
        throw $error;
    }
}

purchase($pdo, 1, 19.99, fn () => null);
echo "committed: order 1 and its event\n";

try {
    purchase($pdo, 2, 5.00, fn () => throw new RuntimeException('card declined'));
} catch (RuntimeException) {
    echo "rolled back: order 2 and its event\n";
}
