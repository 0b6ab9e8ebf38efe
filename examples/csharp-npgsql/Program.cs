// Shown, not run by `npm run examples`: Npgsql comes from NuGet only. The SQL is that of psql/purchase.sql.
using Npgsql;
using NpgsqlTypes;

await using var source = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable("CONNECTION_STRING")!);
await using var connection = await source.OpenConnectionAsync();

await Purchase(1, 19.99m, () => { });
Console.WriteLine("committed: order 1 and its event");

try
{
    await Purchase(2, 5.00m, () => throw new InvalidOperationException("card declined"));
}
catch (InvalidOperationException)
{
    Console.WriteLine("rolled back: order 2 and its event");
}

// The order and its event, or neither: a transaction that is disposed without a commit is rolled back.
async Task Purchase(int id, decimal total, Action pay)
{
    await using var transaction = await connection.BeginTransactionAsync();

    await using var order = new NpgsqlCommand("INSERT INTO orders (id, customer_id, total) VALUES ($1, $2, $3)", connection, transaction)
    {
        Parameters = { new() { Value = id }, new() { Value = "user123" }, new() { Value = total } },
    };
    await order.ExecuteNonQueryAsync();

    await using var outbox = new NpgsqlCommand("INSERT INTO reward_outbox.outbox (trigger_id, user_id, payload) VALUES ($1, $2, $3)", connection, transaction)
    {
        Parameters =
        {
            new() { Value = "successful_payment" },
            new() { Value = "user123" },
            new() { Value = FormattableString.Invariant($$"""{"value": {{total}}}"""), NpgsqlDbType = NpgsqlDbType.Jsonb },
        },
    };
    await outbox.ExecuteNonQueryAsync();

    pay();
    await transaction.CommitAsync();
}
