using System.Data;
using Npgsql;
using PromotionsService.Promotions;
using PromotionsService.Telemetry;

namespace PromotionsService.Storage;

/// <summary>Keeps coupons in PostgreSQL. Every method may be repeated without another effect, so it retries once by itself.</summary>
public sealed class PostgresCouponStore(NpgsqlDataSource database, SchemaState schema, PromotionEvents events) : ICouponStore
{
    public Task<Coupon?> FindAsync(string code, CancellationToken cancellationToken) => RunAsync(async connection =>
    {
        var found = await QueryAsync(connection, Sql.FindCoupon, Rows.Coupon, cancellationToken, code);
        return found.SingleOrDefault();
    }, cancellationToken);

    public Task<IReadOnlyList<Coupon>> ListAsync(CancellationToken cancellationToken) =>
        RunAsync(connection => QueryAsync(connection, Sql.ListCoupons, Rows.Coupon, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<Redemption>> RedemptionsAsync(string? after, int limit, CancellationToken cancellationToken) =>
        RunAsync(connection => QueryAsync(connection, Sql.ListRedemptions, Rows.Redemption, cancellationToken, after ?? "", limit),
            cancellationToken);

    public Task PingAsync(CancellationToken cancellationToken) =>
        RunAsync(connection => QueryAsync(connection, Sql.Ping, row => row.GetInt32(0), cancellationToken), cancellationToken);

    public Task<RedemptionResult> RedeemAsync(
        string orderId, string couponCode, string userId, CancellationToken cancellationToken) => RunAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        // The insert comes first: a concurrent redemption of the same order waits at its key until this transaction ends.
        var inserted = await QueryAsync(
            connection, Sql.InsertRedemption, Rows.Redemption, cancellationToken, orderId, couponCode, userId);
        if (inserted is not [var redemption])
        {
            return await ExistingAsync(connection, orderId, couponCode, cancellationToken);
        }

        if (await ExecuteAsync(connection, Sql.UseCoupon, cancellationToken, couponCode) == 0)
        {
            return new RedemptionResult(RedemptionOutcome.Exhausted); // disposing the transaction takes the insert back
        }

        await transaction.CommitAsync(cancellationToken);
        return new RedemptionResult(RedemptionOutcome.Redeemed, redemption);
    }, cancellationToken);

    private static async Task<RedemptionResult> ExistingAsync(
        NpgsqlConnection connection, string orderId, string couponCode, CancellationToken cancellationToken)
    {
        var found = await QueryAsync(connection, Sql.FindRedemption, Rows.Redemption, cancellationToken, orderId);
        return found is [var existing]
            ? RedemptionResult.Existing(existing, couponCode)
            : new RedemptionResult(RedemptionOutcome.Unknown);
    }

    /// <exception cref="StoreUnavailableException">The database is away, or its schema is not there yet.</exception>
    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        schema.ThrowIfMissing();
        try
        {
            return await RetryOnceAsync(work, cancellationToken);
        }
        catch (NpgsqlException exception) when (exception.IsTransient)
        {
            throw new StoreUnavailableException("The database is not available", exception);
        }
    }

    /// <summary>After a restart of the server, the pool's first connection is dead and the next one is new.</summary>
    private async Task<T> RetryOnceAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await OnConnectionAsync(work, cancellationToken);
        }
        catch (NpgsqlException exception) when (IsBrokenConnection(exception))
        {
            events.DependencyRetried(ErrorTypes.Of(exception));
        }

        return await OnConnectionAsync(work, cancellationToken);
    }

    private async Task<T> OnConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await work(connection);
    }

    /// <summary>A time-out is not retried: the caller waits no longer than that.</summary>
    private static bool IsBrokenConnection(NpgsqlException exception) =>
        exception.IsTransient && exception.InnerException is not TimeoutException;

    private static async Task<IReadOnlyList<T>> QueryAsync<T>(NpgsqlConnection connection, Statement statement,
        Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(statement.Text, connection);
        command.Parameters.AddRange(Parameters.Of(values));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static async Task<int> ExecuteAsync(
        NpgsqlConnection connection, Statement statement, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(statement.Text, connection);
        command.Parameters.AddRange(Parameters.Of(values));
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
